//! What a telephone shows at once, and the picture of it for the README: `target/browser/consumer.png`, to be copied to
//! `docs/` when the page has changed.

use std::fs::File;
use std::io::BufWriter;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::replace;
use image::{Rgb, RgbImage};

use crate::programs::kept;
use crate::window::Browser;

/// Height of the screen in points.
const SCREEN: f64 = 812.0;
/// Between and around the two screens, in dots.
const GAP: u32 = 20;

/// All of these stand on the first screen.
pub async fn the_first_screen_holds(browser: &Browser, parts: &[&str]) {
    for part in parts {
        let bottom = browser.bottom(part).await;
        browser.holds(bottom <= SCREEN, &format!("{part} ends at {bottom}, below the first screen")).await;
    }
    browser.needs_no_sideways_scrolling().await;
}

/// Two screens side by side: the first, and the way from seed to sale.
pub async fn for_the_readme(browser: &Browser) {
    let first = screen(browser).await;
    browser.run("document.querySelector('.way').scrollIntoView(); scrollBy(0, -16)").await;
    let way = screen(browser).await;
    let (width, height) = first.dimensions();
    let mut both = RgbImage::from_pixel(2 * width + 3 * GAP, height + 2 * GAP, Rgb([216, 214, 206]));
    replace(&mut both, &first, i64::from(GAP), i64::from(GAP));
    replace(&mut both, &way, i64::from(width + 2 * GAP), i64::from(GAP));
    let file = BufWriter::new(File::create(kept("consumer.png")).expect("a file for the picture"));
    // Large areas of one colour: unfiltered they are a third smaller.
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::NoFilter);
    both.write_with_encoder(encoder).expect("the picture");
}

async fn screen(browser: &Browser) -> RgbImage {
    image::load_from_memory(&browser.screen().await).expect("a picture of the screen").to_rgb8()
}
