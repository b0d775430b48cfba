//! What the demonstration prints: where it answers, who may sign in, and one package's QR code.

use std::fmt::Write as _;
use std::path::Path;

use trace_core::code::{Level, Symbol};

use super::DemoFile;

/// Prints the greeting.
#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) fn print(file: &DemoFile, path: &Path) -> anyhow::Result<()> {
    println!("{}", text(file, &path.display().to_string())?);
    Ok(())
}

fn text(file: &DemoFile, path: &str) -> anyhow::Result<String> {
    let symbol = Symbol::new(&file.consumer_url, Level::M)?;
    let mut out = String::new();
    writeln!(out, "天麻溯源 · 彝良演示数据   Tianma Trace, demonstration data of an invented county\n")?;
    writeln!(out, "{}", symbol.terminal())?;
    writeln!(out, "  扫码查看一包天麻  Scan to open one package: {}", file.consumer_url)?;
    writeln!(out, "  网址 Address:                {}/", file.base_url)?;
    writeln!(out, "  接口 API:                    {}/api/v1/openapi.json", file.base_url)?;
    writeln!(out, "  销售批次 Sale batch:         {}", file.sale_batch)?;
    writeln!(out, "\n  登录 Log-ins (登录名 name, 手机号 telephone, PIN), {}/app:", file.base_url)?;
    for login in &file.logins {
        writeln!(out, "    {:<10} {:<10} {:<12} {}", login.role, login.login, login.telephone, login.pin)?;
    }
    writeln!(out, "\n  令牌等见 Tokens and all of this: {path}")?;
    write!(out, "  Ctrl-C 停止 stops it；再次启动数据仍在 started again, everything is there.")?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::super::{Login, Tokens};
    use super::*;

    #[test]
    fn the_greeting_names_addresses_and_log_ins_and_no_token() {
        let secret = "tt_secret".to_owned();
        let tokens = Tokens {
            farmer: secret.clone(),
            agent: secret.clone(),
            processor: secret.clone(),
            seller: secret.clone(),
            lab: secret.clone(),
            office: secret,
        };
        let file = DemoFile {
            base_url: "http://127.0.0.1:8080".to_owned(),
            consumer_url: "HTTP://127.0.0.1:8080/T/CJZCKKD64D6EX5CXY40K".to_owned(),
            package_code: "CJZCKKD64D6EX5CXY40K".to_owned(),
            sale_batch: "R250416-ABCDEFG".to_owned(),
            code_issue: 3,
            log_vkey: "trace.example.org/yiliang+00000000+AA==".to_owned(),
            tokens,
            logins: vec![Login {
                role: "farmer".to_owned(),
                login: "nonghu".to_owned(),
                telephone: "10000000001".to_owned(),
                pin: "012345".to_owned(),
            }],
        };
        let text = text(&file, "x/demo.json").unwrap();
        for wanted in [
            &*file.consumer_url,
            &file.base_url,
            &file.sale_batch,
            "nonghu",
            "10000000001",
            "012345",
            "x/demo.json",
            "█",
        ] {
            assert!(text.contains(wanted), "{wanted} is missing in {text}");
        }
        assert!(!text.contains("tt_"));
    }
}
