//! What is wrong with a code or an address, in the reader's language.

use trace_core::code::{CodeError, GtinError, LinkError, LotError};

use crate::http::pages::language::Lang;

/// A code that is none.
pub(in crate::http::pages) fn code(error: &CodeError, lang: Lang) -> String {
    in_language(lang, error.zh(), error)
}

/// An address that is none.
pub(super) fn link(error: &LinkError, lang: Lang) -> String {
    let zh = match error {
        LinkError::Missing { expected } => {
            format!("地址缺少 AI {expected}；应为 /01/（GTIN）/10/（批次）/21/（溯源码）")
        }
        LinkError::Order { received, expected } => {
            format!("AI {received} 的位置不对，此处应为 AI {expected}；顺序是 01、10、21")
        }
        LinkError::Unknown { received } => format!("不认识 AI “{received}”；地址只有 01、10、21"),
        LinkError::NoValue { ai } => format!("AI {ai} 后面没有内容"),
        LinkError::Percent { ai } => format!("AI {ai} 的百分号编码有误"),
        LinkError::Gtin(error) => match error {
            GtinError::Length { received } => format!("商品条码（GTIN）有 8、12、13 或 14 位，收到 {received} 位"),
            GtinError::Character { position, character } => {
                format!("商品条码（GTIN）第 {position} 位是“{character}”，只能是数字")
            }
            GtinError::CheckDigit { gtin, received, expected } => {
                format!("商品条码（GTIN）{gtin} 的校验位是 {received}，应为 {expected}")
            }
            GtinError::Zero => "商品条码（GTIN）不能全是 0".to_owned(),
        },
        LinkError::Lot(error) => match error {
            LotError::Length { received } => format!("批号有 1 到 20 个字符，收到 {received} 个"),
            LotError::Character { position, character } => format!("批号第 {position} 个字符“{character}”不能用"),
            LotError::Dots => "批号不能只有点".to_owned(),
        },
        LinkError::Code(error) => return code(error, lang),
    };
    in_language(lang, zh, error)
}

fn in_language(lang: Lang, zh: String, en: &dyn std::fmt::Display) -> String {
    match lang {
        Lang::Zh => zh,
        Lang::En => {
            let mut text = en.to_string();
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            text
        }
    }
}
