//! What surrounds every signed-in page: the name at the top, the way to each task of the role, the language, and the
//! sentence that tells what was just done.

use super::{SignedIn, menu};
use crate::http::pages::assets;
use crate::http::pages::language::Lang;

/// A sentence above a page after a redirect. A closed list, so that an address cannot put words on our pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flash {
    /// The session has ended.
    Expired,
    /// Signed out.
    SignedOut,
    /// A record was stored.
    Recorded,
    /// A receipt was confirmed.
    Confirmed,
    /// A receipt was disputed.
    Disputed,
    /// A hold was released.
    Released,
    /// A recall was lifted.
    Lifted,
    /// Somebody looked at a suspected copy.
    LookedAt,
    /// A grant was ended.
    GrantEnded,
    /// Another rules table is in force.
    RulesSet,
    /// The person has another PIN.
    PinChanged,
    /// Somebody's log-in was closed.
    LogInClosed,
    /// Somebody's log-in was opened again.
    LogInOpened,
    /// The person's own data was erased, and the log-in with it.
    Erased,
}

impl Flash {
    const ALL: [(&'static str, Self); 14] = [
        ("expired", Self::Expired),
        ("signed_out", Self::SignedOut),
        ("recorded", Self::Recorded),
        ("confirmed", Self::Confirmed),
        ("disputed", Self::Disputed),
        ("released", Self::Released),
        ("lifted", Self::Lifted),
        ("looked_at", Self::LookedAt),
        ("erased", Self::Erased),
        ("grant_ended", Self::GrantEnded),
        ("rules_set", Self::RulesSet),
        ("pin_changed", Self::PinChanged),
        ("log_in_closed", Self::LogInClosed),
        ("log_in_opened", Self::LogInOpened),
    ];

    /// From `?note=` of a query.
    pub fn of(query: Option<&str>) -> Option<Self> {
        let code = query?.split('&').find_map(|pair| pair.strip_prefix("note="))?;
        Self::ALL.iter().find(|(known, _)| *known == code).map(|(_, flash)| *flash)
    }

    /// The sentence.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::Expired => lang.t("登录已过期，请重新登录", "Your session has ended; please sign in again"),
            Self::SignedOut => lang.t("已退出登录", "You are signed out"),
            Self::Recorded => lang.t("已登记", "Recorded"),
            Self::Confirmed => lang.t("已确认收货记录", "The receipt is confirmed"),
            Self::Released => lang.t("已放行", "Released"),
            Self::LookedAt => lang.t("已记为看过", "Noted as looked at"),
            Self::GrantEnded => lang.t("授权已终止", "The grant is ended"),
            Self::RulesSet => lang.t("新规则表已启用", "The new rules table is in force"),
            Self::LogInClosed => lang.t("登录账号已停用", "The log-in is closed"),
            Self::LogInOpened => lang.t("登录账号已启用", "The log-in is open again"),
            Self::PinChanged => lang
                .t("PIN 已修改，其他设备上的登录已退出", "The PIN is changed, and you are signed out everywhere else"),
            Self::Lifted => lang.t("召回已解除", "The recall is lifted"),
            Self::Erased => {
                lang.t("您的个人信息已删除，登录账号已关闭", "Your personal data is erased, and your log-in is closed")
            }
            Self::Disputed => lang.t(
                "已提出异议；对方由此得到的批次已冻结，由品牌办处理",
                "Disputed; what the buyer made of it is frozen until the brand office has decided",
            ),
        }
    }
}

/// One way in the navigation.
#[derive(Debug, Clone)]
pub struct Way {
    /// The address.
    pub href: &'static str,
    /// The word.
    pub label: &'static str,
    /// Whether the reader is there.
    pub here: bool,
    /// How much waits there.
    pub waiting: usize,
}

impl Way {
    /// A task of the menu, read from elsewhere.
    pub(super) fn of(entry: &menu::Entry, lang: Lang) -> Self {
        Self { href: entry.href, label: lang.t(entry.zh, entry.en), here: false, waiting: 0 }
    }
}

/// What surrounds a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The language.
    pub lang: Lang,
    /// Who is signed in; `None` on the log-in page.
    pub name: Option<String>,
    /// In which role, in words.
    pub role: &'static str,
    /// The navigation.
    pub ways: Vec<Way>,
    /// The token for the sign-out form.
    pub csrf: String,
    /// What was just done.
    pub flash: Option<&'static str>,
    /// This page in the other language.
    pub other_lang: String,
    /// Address of the style.
    pub style: String,
    /// Address of the script that sums amounts.
    pub script: String,
}

impl Shell {
    /// Around a page for nobody in particular.
    pub fn nobody(lang: Lang) -> Self {
        Self {
            lang,
            name: None,
            role: "",
            ways: Vec::new(),
            csrf: String::new(),
            flash: None,
            other_lang: format!("?lang={}", lang.other().short()),
            style: assets::address("app.css"),
            script: assets::address("work.js"),
        }
    }

    pub(super) fn signed_in(who: &SignedIn) -> Self {
        let lang = who.lang;
        let ways = menu::daily(who.role()).map(|entry| {
            let below =
                !matches!(entry.href, "/app" | "/app/office") && who.path.starts_with(&format!("{}/", entry.href));
            Way { here: who.path == entry.href || below, ..Way::of(entry, lang) }
        });
        // A name that says the role already need not say it twice.
        let role = lang.t(who.role().zh(), who.role().en());
        let named = who.session.user().display_name.contains(role);
        Self {
            name: Some(who.session.user().display_name.clone()),
            role: if named { "" } else { role },
            ways: ways.collect(),
            csrf: who.session.csrf().to_owned(),
            flash: who.flash.map(|flash| flash.text(lang)),
            ..Self::nobody(lang)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_put_words_on_a_page() {
        assert_eq!(Flash::of(Some("a=1&note=confirmed")), Some(Flash::Confirmed));
        assert_eq!(Flash::of(Some("note=pay+us")), None);
        assert_eq!(Flash::of(None), None);
    }
}
