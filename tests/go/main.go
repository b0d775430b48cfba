// Checks a published log without any code of this project: Go's own sumdb packages read the checkpoints, tiles,
// bundles and proof files that lie in a folder under their C2SP names.
//
// Owns the mapping of tile names (those of Go's package are the older form) and the reading of bundles and proof
// files. It lacks the tree's arithmetic and Ed25519: those are the library's and the language's.
//
// usage: go run tests/go/main.go FOLDER LOG-KEY WITNESS-KEY
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// checks counts what was compared, so that a run over an empty folder does not pass for a good one.
var checks = map[string]int{}

func main() {
	if len(os.Args) != 4 {
		fail(errors.New("usage: go run tests/go/main.go FOLDER LOG-KEY WITNESS-KEY"))
	}
	log, err := note.NewVerifier(os.Args[2])
	fail(err)
	witness, err := newCosigner(os.Args[3])
	fail(err)
	folder := os.Args[1]
	fail(verifyLog(folder, note.VerifierList(log, witness), log.Name()))
	var names []string
	for name := range checks {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Println(name, checks[name])
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go verifier:", err)
		os.Exit(1)
	}
}

// verifyLog checks every checkpoint, each with everything it covers, and all pairs of them.
func verifyLog(folder string, known note.Verifiers, origin string) error {
	files, err := filepath.Glob(filepath.Join(folder, "checkpoint.*"))
	if err != nil {
		return err
	}
	var trees []tlog.Tree
	for _, file := range files {
		message, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		tree, err := openCheckpoint(message, known, origin)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		trees = append(trees, tree)
	}
	sort.Slice(trees, func(i, j int) bool { return trees[i].N < trees[j].N })
	for i, tree := range trees {
		if err := verifyTree(folder, tree); err != nil {
			return fmt.Errorf("size %d: %w", tree.N, err)
		}
		for _, older := range trees[:i+1] {
			if err := verifyConsistency(folder, older, tree); err != nil {
				return fmt.Errorf("size %d to %d: %w", older.N, tree.N, err)
			}
		}
	}
	return verifyProofFiles(folder, known, origin)
}

// openCheckpoint verifies the signatures of log and witness, both of which must be there, and reads the three lines.
func openCheckpoint(message []byte, known note.Verifiers, origin string) (tree tlog.Tree, err error) {
	opened, err := note.Open(message, known)
	if err != nil {
		return tree, err
	}
	if len(opened.Sigs) != 2 {
		return tree, fmt.Errorf("%d good signatures, and log and witness should have signed", len(opened.Sigs))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != origin {
		return tree, fmt.Errorf("no checkpoint of %s: %q", origin, opened.Text)
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	checks["checkpoints"]++
	return tree, err
}

// verifyTree recomputes the root from tiles, then every entry's hash from the bundles, and proves single entries.
func verifyTree(folder string, tree tlog.Tree) error {
	reader := tlog.TileHashReader(tree, tiles{folder})
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the tiles lead to root %v, and the checkpoint says %v", root, tree.Hash)
	}
	checks["roots"]++
	for start := int64(0); start < tree.N; start += 256 {
		end := start + 256
		if end > tree.N {
			end = tree.N
		}
		entries, err := readBundle(folder, start/256, int(end-start))
		if err != nil {
			return err
		}
		var indexes []int64
		for n := start; n < end; n++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != hashes[i] {
				return fmt.Errorf("entry %d does not have the hash in its tile", start+int64(i))
			}
			checks["entries"]++
		}
	}
	for _, n := range edges(tree.N) {
		hash, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(tree.N, n, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, hash[0]); err != nil {
			return err
		}
		checks["inclusions from tiles"]++
	}
	return nil
}

// edges gives the indices on both sides of every tile boundary that the tree has, and the two ends.
func edges(size int64) (indexes []int64) {
	for _, n := range []int64{0, 1, 254, 255, 256, 257, 65534, 65535, 65536, 65537, size - 1} {
		if n >= 0 && n < size {
			indexes = append(indexes, n)
		}
	}
	return indexes
}

// verifyConsistency proves one checkpoint from the other by the tiles, and then reads the proof that the project made.
func verifyConsistency(folder string, older, newer tlog.Tree) error {
	proof, err := tlog.ProveTree(newer.N, older.N, tlog.TileHashReader(newer, tiles{folder}))
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, fmt.Sprintf("consistency.%d.%d", older.N, newer.N)))
	if err != nil {
		return err
	}
	var made tlog.TreeProof
	for _, line := range strings.Fields(string(text)) {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		made = append(made, hash)
	}
	if err := tlog.CheckTree(made, newer.N, newer.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("the project's proof: %w", err)
	}
	for i := range made {
		made[i][0] ^= 1
		if tlog.CheckTree(made, newer.N, newer.Hash, older.N, older.Hash) == nil {
			return errors.New("a changed proof was believed")
		}
		made[i][0] ^= 1
	}
	checks["consistencies"]++
	return nil
}

// verifyProofFiles reads every *.tlog-proof with nothing but its own bytes and those of the entry beside it.
func verifyProofFiles(folder string, known note.Verifiers, origin string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.tlog-proof"))
	if err != nil {
		return err
	}
	for _, file := range files {
		message, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		entry, err := os.ReadFile(strings.TrimSuffix(file, ".tlog-proof") + ".entry")
		if err != nil {
			return err
		}
		if err := verifyProofFile(message, entry, known, origin); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func verifyProofFile(message, entry []byte, known note.Verifiers, origin string) error {
	blank := bytes.Index(message, []byte("\n\n"))
	if blank < 0 {
		return errors.New("no blank line")
	}
	lines := strings.Split(string(message[:blank]), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || len(lines) < 2 || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("no header or no index")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := openCheckpoint(message[blank+2:], known, origin)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	if tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(append(entry, 'x'))) == nil {
		return errors.New("another entry was believed")
	}
	checks["proof files"]++
	return nil
}

// tiles reads tiles of hashes from a folder by their C2SP names.
type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range wanted {
		if tile.H != 8 || tile.L < 0 {
			return nil, fmt.Errorf("%v is no tile of hashes of C2SP", tile)
		}
		read, err := os.ReadFile(filepath.Join(t.folder, "tile", strconv.Itoa(tile.L), number(tile.N, tile.W)))
		if err != nil {
			return nil, err
		}
		if len(read) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%v has %d bytes", tile, len(read))
		}
		data = append(data, read)
	}
	return data, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// number writes 1234067 as x001/x234/067, and a width below 256 after it.
func number(n int64, width int) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	if width < 256 {
		text += fmt.Sprintf(".p/%d", width)
	}
	return text
}

func readBundle(folder string, n int64, width int) (entries [][]byte, err error) {
	data, err := os.ReadFile(filepath.Join(folder, "tile", "entries", number(n, width)))
	if err != nil {
		return nil, err
	}
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("bundle %d ends in the middle of an entry", n)
		}
		length := int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("bundle %d has %d entries, and %d are due", n, len(entries), width)
	}
	return entries, nil
}

// cosigner verifies signatures of type 4 (C2SP tlog-cosignature), which Go's package does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no verifier key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("no key of type 4")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("the key's id is another")
	}
	return &cosigner{parts[0], hash, key[1:]}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}
