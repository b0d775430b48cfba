//! What the service says in the operator's log while a test runs. One log for the whole process: a test looks at the lines
//! that came since it began to listen, of one target.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

static LOG: OnceLock<Log> = OnceLock::new();

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log from a moment on.
pub struct Noted {
    log: Log,
    from: usize,
}

impl Noted {
    /// Begins to listen.
    pub fn from_now() -> Self {
        let log = LOG.get_or_init(|| {
            let log = Log::default();
            let writer = log.clone();
            let told = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
            told.with_env_filter("info").init();
            log
        });
        let from = log.0.lock().unwrap().len();
        Self { log: log.clone(), from }
    }

    /// The lines of this target since then.
    pub fn of(&self, target: &str) -> Vec<String> {
        let bytes = self.log.0.lock().unwrap();
        let text = String::from_utf8_lossy(&bytes[self.from..]).into_owned();
        text.lines().filter(|line| line.contains(&format!(" {target}: "))).map(str::to_owned).collect()
    }
}
