"""Reads pictures with the package zxing-cpp: the second reader of QR symbols beside zbar.

The pictures are named on the command line, grey and as PGM, whose header has three lines. The answer has a line of JSON
for each: the texts of the QR symbols that were found in it. It lacks any rule of this project.
"""

import json
import sys

import zxingcpp

for name in sys.argv[1:]:
    with open(name, "rb") as file:
        kind, size, white, pixels = file.read().split(b"\n", 3)
    if (kind, white) != (b"P5", b"255"):
        sys.exit(f"{name} is no grey PGM")
    width, height = map(int, size.split())
    picture = memoryview(pixels).cast("B", (height, width))
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    print(json.dumps([symbol.text for symbol in found]))
