//! QR pictures, and zbar to read them: a program that this project did not write.

use std::process::Command;

use crate::county::County;
use crate::programs::{kept, program};
use crate::window::Browser;

/// The picture of a package's symbol, fetched with the browser's session.
pub async fn fetched(browser: &Browser, county: &County, serial: &str) -> Vec<u8> {
    let cookies = browser.cookies().await;
    let cookies: Vec<String> = cookies.iter().map(|one| format!("{}={}", one.name(), one.value())).collect();
    let request = reqwest::Client::new().get(county.address(&format!("/qr/{serial}.png")));
    let answer = request.header("cookie", cookies.join("; ")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "the picture of {serial}");
    assert_eq!(answer.headers()["content-type"], "image/png");
    answer.bytes().await.expect("a picture").to_vec()
}

/// What the symbol in a picture says.
pub fn decoded(picture: &[u8], name: &str) -> String {
    let file = kept(&format!("{name}.png"));
    std::fs::write(&file, picture).expect("a file for the picture");
    let arguments = ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"];
    let output = Command::new(program("zbarimg")).args(arguments).arg(&file).output().expect("zbarimg");
    let said = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "zbarimg read nothing in {}: {error}", file.display());
    said.trim_end().to_owned()
}
