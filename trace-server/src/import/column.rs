//! The columns of a list of harvests, what people may call them, and the empty list to fill in.

use super::Wrong;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Party id of the household.
    Household,
    /// Its name, where the id is not at hand.
    Name,
    /// Its village, where several are called the same.
    Village,
    /// Name of the plot, its site id, or the code of its planting.
    Plot,
    /// The day.
    Day,
    /// The weight with its unit.
    Amount,
    /// 冬麻 or 春麻; else by the month.
    Season,
    /// Whether the plot is dug up with it.
    Final,
}

impl Column {
    /// All, in the order of the template.
    pub const ALL: [Self; 8] =
        [Self::Household, Self::Name, Self::Village, Self::Plot, Self::Day, Self::Amount, Self::Season, Self::Final];

    /// The heading in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Household => "农户编号",
            Self::Name => "姓名",
            Self::Village => "村",
            Self::Plot => "地块",
            Self::Day => "日期",
            Self::Amount => "数量",
            Self::Season => "季节",
            Self::Final => "采完",
        }
    }

    /// The heading in English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Name => "name",
            Self::Village => "village",
            Self::Plot => "plot",
            Self::Day => "day",
            Self::Amount => "amount",
            Self::Season => "season",
            Self::Final => "final",
        }
    }

    /// Chinese and English, as the template has them.
    fn heading(self) -> String {
        format!("{} {}", self.zh(), self.en())
    }

    fn of_heading(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::ALL.into_iter().find(|column| text == column.zh() || text == column.en() || text == column.heading())
    }
}

/// The empty list, as a file that every spreadsheet program reads as UTF-8 (with a byte order mark).
pub fn template() -> String {
    let headings: Vec<String> = Column::ALL.into_iter().map(Column::heading).collect();
    format!("\u{feff}{}\r\n", headings.join(","))
}

/// Columns that a list may have for the people who keep it; what stands in them is not stored, and that is said.
const FOR_PEOPLE: [&str; 7] = ["备注", "说明", "序号", "remarks", "notes", "note", "no."];

/// Where each column stands in the rows.
pub(super) struct Places(Vec<(Column, usize)>);

impl Places {
    /// Reads the headings, in any order. `row` is theirs; `one_household` says that all rows are of one.
    pub fn find(row: usize, headings: &[String], one_household: bool) -> Result<Self, Vec<Wrong>> {
        let mut places = Vec::new();
        let mut wrong = Vec::new();
        let names = || (list(Column::zh, "、"), list(Column::en, ", "));
        for (at, heading) in headings.iter().enumerate().filter(|(_, heading)| !heading.trim().is_empty()) {
            let heading = heading.trim();
            match Column::of_heading(heading) {
                Some(column) if places.iter().any(|(known, _)| *known == column) => wrong.push(Wrong {
                    row: Some(row),
                    ..Wrong::file(
                        format!("列“{heading}”有两个，请只留一个"),
                        format!("the column '{heading}' stands twice; keep one"),
                    )
                }),
                Some(column) => places.push((column, at)),
                None if FOR_PEOPLE.contains(&&*heading.to_lowercase()) => {}
                None => wrong.push(Wrong {
                    row: Some(row),
                    ..Wrong::file(
                        format!("不认识的列“{heading}”；可用的列：{}；列“备注”“序号”可以有，不保存", names().0),
                        format!(
                            "unknown column '{heading}'; the columns are {}; 'remarks' and 'no.' may stand there and are \
                             not stored",
                            names().1
                        ),
                    )
                }),
            }
        }
        let has = |column| places.iter().any(|(known, _)| *known == column);
        let mut lacks = |column: Column| {
            wrong.push(Wrong {
                row: Some(row),
                ..Wrong::file(format!("缺少列“{}”", column.zh()), format!("the column '{}' is missing", column.en()))
            });
        };
        for column in [Column::Plot, Column::Day, Column::Amount] {
            if !has(column) {
                lacks(column);
            }
        }
        if !one_household && !has(Column::Household) && !has(Column::Name) {
            lacks(Column::Household);
        }
        if wrong.is_empty() { Ok(Self(places)) } else { Err(wrong) }
    }

    /// The cell of a column in a row; empty if there is none.
    pub fn cell<'a>(&self, row: &'a [String], column: Column) -> &'a str {
        let place = self.0.iter().find(|(known, _)| *known == column);
        place.and_then(|(_, at)| row.get(*at)).map_or("", |text| text.trim())
    }
}

fn list(name: impl Fn(Column) -> &'static str, between: &str) -> String {
    Column::ALL.map(name).join(between)
}
