//! What can be wrong with a quantity, said in both languages.

use thiserror::Error;

use super::unit;
use super::{Measure, Quantity};

/// What is wrong with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFault {
    /// A comma that does not part groups of three digits.
    Separator,
    /// A point without one to six digits after it.
    Decimals,
    /// More than twelve digits before the point.
    TooLong,
    /// A Chinese numeral that is no numeral, or has two meanings (三百二 is said for 320 and written for 302).
    Numeral,
}

impl NumberFault {
    const fn zh(self) -> &'static str {
        match self {
            Self::Separator => "逗号只能每三位一隔，例如 1,050；小数请用点，例如 1.5",
            Self::Decimals => "小数点后应有1到6位数字",
            Self::TooLong => "整数部分最多12位",
            Self::Numeral => "请写全，例如 三百二十 或 320",
        }
    }

    const fn en(self) -> &'static str {
        match self {
            Self::Separator => "commas part groups of three digits, as in 1,050; decimals take a point, as in 1.5",
            Self::Decimals => "one to six digits follow a decimal point",
            Self::TooLong => "at most 12 digits stand before the point",
            Self::Numeral => "write it in full, as in 三百二十 or 320",
        }
    }
}

/// Why a text, a sum or a JSON value is no quantity. Positions count the characters of what was typed from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuantityError {
    /// Nothing was typed.
    #[error("no {} given; write for example {}", .expected.en(), unit::example(*.expected))]
    Empty {
        /// What was expected.
        expected: Measure,
    },
    /// More text than any quantity needs.
    #[error("{received} characters, at most {limit} are read")]
    TooLong {
        /// Characters received.
        received: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A number without its unit: 斤 and kg differ by a factor of two, so none is assumed.
    #[error("{number:?} has no unit; add one of: {}", unit::choices(*.expected))]
    NoUnit {
        /// The number as typed.
        number: String,
        /// What was expected; the message lists its units.
        expected: Measure,
    },
    /// A unit of another measure, such as a weight where an area is expected.
    #[error("{unit:?} is a unit of {}, expected is {}; use one of: {}", .found.en(), .expected.en(), unit::choices(*.expected))]
    WrongMeasure {
        /// The unit as typed.
        unit: String,
        /// What it measures.
        found: Measure,
        /// What was expected.
        expected: Measure,
    },
    /// A minus sign.
    #[error("character {position} is a minus sign; a quantity is not negative")]
    Negative {
        /// Where it stands.
        position: usize,
    },
    /// Zero; nothing to record.
    #[error("the quantity is zero; write what there is")]
    Zero,
    /// More than anybody has.
    #[error("this {} is too large, at most {}; is the unit right?", .measure.en(), unit::ceiling(*.measure).en())]
    TooLarge {
        /// What is measured.
        measure: Measure,
    },
    /// Text that is neither number nor unit.
    #[error("cannot read {text:?} from character {position} on; write a number and its unit")]
    Unreadable {
        /// The text, from there to the end.
        text: String,
        /// Where it begins.
        position: usize,
    },
    /// A malformed number.
    #[error("the number from character {position} on is malformed: {}", .fault.en())]
    BadNumber {
        /// What is wrong with it.
        fault: NumberFault,
        /// Where the number begins.
        position: usize,
    },
    /// The number is not a whole number of base units.
    #[error("this {} is no whole number of {}", .measure.en(), .measure.unit())]
    NotWhole {
        /// What is measured.
        measure: Measure,
    },
    /// Parts that do not go together, as in 3斤20两 or 2两3斤.
    #[error(
        "the part from character {position} on does not go with the one before; write whole larger units first and less than one of them after, as in 3公斤2两"
    )]
    Compound {
        /// Where the part begins that does not fit.
        position: usize,
    },
    /// A value below zero or not below 2^53.
    #[error("a {} of {value} {} is not between 0 and 2^53 - 1", .measure.en(), .measure.unit())]
    OutOfRange {
        /// What is measured.
        measure: Measure,
        /// The value, in base units.
        value: i64,
    },
    /// Two measures in one sum.
    #[error("{} and {} cannot be added or subtracted", .left.en(), .right.en())]
    MeasureMismatch {
        /// The first.
        left: Measure,
        /// The second.
        right: Measure,
    },
    /// More is taken than there is.
    #[error("there is only {have}, {take} cannot be taken away")]
    BelowZero {
        /// What there is.
        have: Quantity,
        /// What was to be taken.
        take: Quantity,
    },
    /// The typed text and the base units say different things.
    #[error("the typed {typed:?} says {says}, the value beside it is {beside}")]
    Disagrees {
        /// The text.
        typed: String,
        /// What it says.
        says: Quantity,
        /// What stands beside it.
        beside: Quantity,
    },
}

impl QuantityError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Empty { expected } => {
                format!("请填写{}，例如 {}", expected.zh(), unit::example(*expected))
            }
            Self::TooLong { received, limit } => {
                format!("内容过长：{received}个字符，最多{limit}个")
            }
            Self::NoUnit { number, expected } => {
                format!("“{number}”缺少单位，请写明：{}", unit::choices_zh(*expected))
            }
            Self::WrongMeasure { unit, found, expected } => format!(
                "“{unit}”是{}单位，这里要填{}，可用单位：{}",
                found.zh(),
                expected.zh(),
                unit::choices_zh(*expected)
            ),
            Self::Negative { position } => format!("第{position}个字符是负号，数量不能为负"),
            Self::Zero => "数量不能为零".to_owned(),
            Self::TooLarge { measure } => {
                format!("{}过大，最多{}，请核对单位", measure.zh(), unit::ceiling(*measure).zh())
            }
            Self::Unreadable { text, position } => {
                format!("从第{position}个字符起看不懂：“{text}”；请写数字加单位，例如 320斤")
            }
            Self::BadNumber { fault, position } => {
                format!("第{position}个字符起的数字不对：{}", fault.zh())
            }
            Self::NotWhole { measure } => {
                format!("{}不是最小单位（{}）的整数倍", measure.zh(), measure.unit())
            }
            Self::Compound { position } => {
                format!("第{position}个字符起的部分与前面不配：大单位在前且为整数，小单位不满一个大单位，例如 3公斤2两")
            }
            Self::OutOfRange { measure, value } => {
                format!("{}为 {value} {}，应在 0 与 2^53-1 之间", measure.zh(), measure.unit())
            }
            Self::MeasureMismatch { left, right } => {
                format!("{}与{}不能相加减", left.zh(), right.zh())
            }
            Self::BelowZero { have, take } => format!("只有{}，不能减去{}", have.zh(), take.zh()),
            Self::Disagrees { typed, says, beside } => {
                format!("填写的“{typed}”是{}，旁边记的却是{}", says.zh(), beside.zh())
            }
        }
    }
}
