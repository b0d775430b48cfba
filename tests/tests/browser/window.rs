//! One person's browser: opens, types, presses, reads. A step that fails leaves a picture of what the person saw, and
//! says where it is.

use std::time::{Duration, Instant};

use fantoccini::cookies::Cookie;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use tokio::time::timeout;

use crate::programs::kept;

/// How long a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// 375 by 812 points, three dots to two points, touch.
    Phone,
    /// A window of 1280 by 800.
    Desk,
}

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    Run,
    Blocked,
}

/// A person's browser.
pub struct Browser {
    client: Client,
    /// Test and person; names the pictures.
    name: String,
    scripts: Scripts,
}

impl Browser {
    pub fn new(client: Client, name: String, scripts: Scripts) -> Self {
        Self { client, name, scripts }
    }

    /// Opens an address.
    pub async fn open(&self, address: &str) {
        self.told(self.client.goto(address), &format!("opening {address}")).await;
    }

    /// Presses a link or a button, and waits until the next page is there.
    pub async fn press(&self, css: &str) {
        let what = format!("pressing {css}");
        let page = self.element("html").await;
        let button = self.element(css).await;
        match self.scripts {
            Scripts::Run => self.told(button.click(), &what).await,
            // The driver finds the place for a click by a script that never ends here; a key needs no place.
            Scripts::Blocked => self.told(button.send_keys(&Key::Enter.to_string()), &what).await,
        }
        // The old page's root is gone once the new page has taken its place.
        let began = Instant::now();
        while page.tag_name().await.is_ok() {
            if began.elapsed() > PATIENCE {
                self.fail(&format!("{what}: no other page came")).await;
            }
        }
        self.element("body").await;
    }

    /// Types into a field in place of what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.element(css).await;
        self.told(field.clear(), &format!("clearing {css}")).await;
        self.told(field.send_keys(text), &format!("typing into {css}")).await;
    }

    /// Ticks a box.
    pub async fn tick(&self, css: &str) {
        self.told(self.element(css).await.click(), &format!("ticking {css}")).await;
    }

    /// Chooses a value of a list.
    pub async fn choose(&self, css: &str, value: &str) {
        let list = self.element(css).await;
        self.told(list.select_by_value(value), &format!("choosing {value} in {css}")).await;
    }

    /// The text of an element, as it is seen.
    pub async fn text(&self, css: &str) -> String {
        self.told(self.element(css).await.text(), css).await
    }

    /// The texts of all such elements.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.told(self.client.find_all(Locator::Css(css)), css).await {
            texts.push(self.told(element.text(), css).await);
        }
        texts
    }

    /// An attribute of all such elements.
    pub async fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        for element in self.told(self.client.find_all(Locator::Css(css)), css).await {
            values.extend(self.told(element.attr(name), css).await);
        }
        values
    }

    /// What stands in a field.
    pub async fn value(&self, css: &str) -> String {
        self.told(self.element(css).await.prop("value"), css).await.unwrap_or_default()
    }

    /// Where an element ends, in points from the top of the page.
    pub async fn bottom(&self, css: &str) -> f64 {
        let (_, top, _, height) = self.told(self.element(css).await.rectangle(), css).await;
        top + height
    }

    pub async fn title(&self) -> String {
        self.told(self.client.title(), "the title").await
    }

    pub async fn cookies(&self) -> Vec<Cookie<'static>> {
        self.told(self.client.get_all_cookies(), "the cookies").await
    }

    /// Runs an expression in the page, as a person's hand that scrolls, or an eye that measures.
    pub async fn run(&self, script: &str) -> serde_json::Value {
        self.told(self.client.execute(script, Vec::new()), script).await
    }

    /// A PNG of what is on the screen.
    pub async fn screen(&self) -> Vec<u8> {
        self.told(self.client.screenshot(), "a picture of the screen").await
    }

    /// A PNG of one element.
    pub async fn picture_of(&self, css: &str) -> Vec<u8> {
        self.run(&format!("document.querySelector('{css}').scrollIntoView({{block: 'center'}})")).await;
        self.told(self.element(css).await.screenshot(), css).await
    }

    /// The element says these words.
    pub async fn says(&self, css: &str, words: &str) {
        let text = self.text(css).await;
        self.holds(text.contains(words), &format!("{css} says {text:?} and not {words:?}")).await;
    }

    /// What was expected to be so.
    pub async fn holds(&self, expected: bool, otherwise: &str) {
        if !expected {
            self.fail(otherwise).await;
        }
    }

    /// Nothing is wider than the screen.
    pub async fn needs_no_sideways_scrolling(&self) {
        let over = self.run("return document.documentElement.scrollWidth - window.innerWidth").await;
        self.holds(over == 0, &format!("the page is {over} points wider than the screen")).await;
    }

    pub async fn close(self) {
        drop(self.client.close().await);
    }

    async fn element(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css));
        self.told(found, &format!("looking for {css}")).await
    }

    async fn told<T>(&self, step: impl Future<Output = Result<T, CmdError>>, what: &str) -> T {
        match timeout(PATIENCE + Duration::from_secs(5), step).await {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => self.fail(&format!("{what}: {error}")).await,
            Err(_) => self.fail(&format!("{what}: the browser did not answer")).await,
        }
    }

    /// Ends the test with what there is to see.
    async fn fail(&self, what: &str) -> ! {
        let picture = kept(&format!("{}.png", self.name));
        let looking = async {
            let png = self.client.screenshot().await?;
            let address = self.client.current_url().await?;
            Ok::<_, CmdError>((png, address))
        };
        let seen = match timeout(PATIENCE, looking).await {
            Ok(Ok((png, address))) => {
                std::fs::write(&picture, png).expect("a file for the picture");
                format!("at {address}, seen in {}", picture.display())
            }
            Ok(Err(error)) => format!("no picture: {error}"),
            Err(_) => "no picture: the browser did not answer".to_owned(),
        };
        panic!("{}: {what}\n{seen}", self.name);
    }
}
