//! The table of kinds. A new kind is one file under `kinds/` and one line here.

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::kinds::{
    ActivateCodes, Adjust, BringIn, Certify, Confirm, Consent, Correct, Dispute, EndGrant, EndKey, Erase, Found, Grant,
    Harvest, Hold, Inspect, IssueCodes, KindRules, LiftRecall, Pack, Plant, Process, Produce, Recall, Receive,
    RegisterKey, RegisterParty, RegisterSite, Release, Return, SetRules, Shaped, Ship, Tend, Void, VoidCodes,
};
use super::{Refusal, Shape, typed};

macro_rules! kinds {
    ($($name:ident $code:literal $zh:literal $en:literal;)*) => {
        /// What kind of fact a record states.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $en] $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in records and in the API.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// What a record of this kind may hold.
            pub fn shape(self) -> &'static Shape {
                match self { $(Self::$name => &<$name as Shaped>::SHAPE),* }
            }

            /// The name in Chinese.
            pub fn zh(self) -> &'static str {
                match self { $(Self::$name => $zh),* }
            }

            /// The name in English.
            pub fn en(self) -> &'static str {
                match self { $(Self::$name => $en),* }
            }
        }

        /// The public details of a record, typed by its kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Details {
            $(#[doc = $en] $name($name),)*
        }

        impl Details {
            /// The kind that these details belong to.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name),* }
            }

            /// Reads the details of a kind.
            ///
            /// # Errors
            /// A [`Refusal`] that names the field below `/details`.
            pub fn from_value(kind: Kind, value: Value) -> Result<Self, Refusal> {
                if kind == Kind::Correct {
                    // Read by hand, so that a refusal keeps its rule and its place within the corrected details.
                    return Correct::from_value(value).map(Self::Correct);
                }
                match kind { $(Kind::$name => typed(value, "/details").map(Self::$name)),* }
            }

            /// The same out of JSON.
            pub(super) fn from_text(kind: Kind, text: &str) -> Result<Self, Refusal> {
                if kind == Kind::Correct {
                    return Self::from_value(kind, from_json(text)?);
                }
                match kind { $(Kind::$name => from_json(text).map(Self::$name)),* }
            }

            /// The rules of these details' own kind.
            pub(crate) fn own_rules(&self) -> &dyn KindRules {
                match self { $(Self::$name(details) => details),* }
            }
        }

        impl Serialize for Details {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$name(details) => details.serialize(serializer)),* }
            }
        }
    };
}

kinds! {
    Found "found" "创立" "founding";
    RegisterParty "register_party" "登记主体" "registration of a party";
    RegisterSite "register_site" "登记地点" "registration of a site";
    RegisterKey "register_key" "登记密钥" "registration of a signing key";
    EndKey "end_key" "终止密钥" "end of a signing key";
    Grant "grant" "授权" "grant";
    EndGrant "end_grant" "终止授权" "end of a grant";
    SetRules "set_rules" "规则表" "rules table";
    Produce "produce" "生产菌种良种" "production of fungus or seed";
    BringIn "bring_in" "期初转入" "stock brought in";
    Plant "plant" "种植" "planting";
    Tend "tend" "田间管理" "tending";
    Harvest "harvest" "采收" "harvest";
    Ship "ship" "发货" "shipment";
    Receive "receive" "收货" "receipt";
    Confirm "confirm" "确认收货" "confirmation of a receipt";
    Process "process" "加工" "processing";
    Adjust "adjust" "盘点调整" "stock adjustment";
    Inspect "inspect" "检验" "inspection";
    Certify "certify" "承诺达标合格证" "certificate";
    Pack "pack" "包装" "packing";
    IssueCodes "issue_codes" "赋码" "issue of package codes";
    ActivateCodes "activate_codes" "激活溯源码" "activation of package codes";
    VoidCodes "void_codes" "作废溯源码" "voiding of package codes";
    Return "return" "退货" "return";
    Hold "hold" "冻结" "hold";
    Release "release" "放行" "release";
    Recall "recall" "召回" "recall";
    LiftRecall "lift_recall" "解除召回" "end of a recall";
    Dispute "dispute" "异议" "dispute";
    Consent "consent" "公开个人信息" "consent to show personal data";
    Erase "erase" "删除个人信息" "erasure of personal data";
    Correct "correct" "更正" "correction";
    Void "void" "作废" "voiding";
}

/// A refusal here is never told: who reads values says what is wrong and where.
fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|e| Refusal::invalid("malformed", "/details", "格式不对", e.to_string()))
}

impl Details {
    /// What the record states: for a correction the corrected details, else these.
    pub fn stated(&self) -> &Self {
        match self {
            Self::Correct(correct) => correct.stated(),
            other => other,
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|kind| kind.code() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|kind| kind.code()).collect();
            format!("unknown kind '{text}'; the kinds are {}", known.join(", "))
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::id::text::deserialize("kind", deserializer)
    }
}
