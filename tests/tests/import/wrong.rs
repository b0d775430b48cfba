//! What is refused: by row and column, in both languages, and then nothing of the file is stored.

use serde_json::json;
use trace_core::id::{PartyId, SiteId};
use trace_core::record::Kind;
use trace_server::import::{FILE_BYTES_MAX, Import};
use trace_tests::drafting::draft;
use trace_tests::engines::Database;
use trace_tests::household::{COOP, OFFICE, RIVAL, SECOND, SECOND_PLOT};
use trace_tests::refusals::in_both_languages;

use crate::village::{LIST, WANG, checked, harvests, import, settle, stored, workbook, world, wrong};

/// Each wrong cell begins as expected in both languages.
fn told(wrong: &[(String, String)], expected: &[(&str, &str)]) {
    assert_eq!(wrong.len(), expected.len(), "{wrong:#?}");
    for ((zh, en), (zh_start, en_start)) in wrong.iter().zip(expected) {
        in_both_languages(zh, en);
        assert!(zh.starts_with(zh_start) && en.starts_with(en_start), "{zh}\n{en}");
    }
}

pub async fn a_wrong_row_stores_nothing_and_is_named(database: Database) {
    let world = world(&database).await;
    let import = import(&world);
    let list = LIST.replace("80斤,否", "80,也许").replace("3号地,2026-11-20", "4号地,昨天");
    let list = format!("{list}王大海,,3号地,2026-11-20,5斤,\n,,,2026-11-20,5亩,\n");
    let expected = [
        ("第 3 行 数量：", "row 3, amount: "),
        ("第 3 行 采完：“也许”应为是或否", "row 3, final: 'maybe' "),
        ("第 4 行 日期：日期“昨天”看不懂", "row 4, day: "),
        ("第 5 行 姓名：", "row 5, name: no household "),
        ("第 6 行 农户编号：请写农户编号或姓名", "row 6, household: write "),
        ("第 6 行 地块：请写地块", "row 6, plot: write the plot"),
        ("第 6 行 数量：", "row 6, amount: "),
    ];
    let expected = expected.map(|(zh, en)| (zh, en.replace("'maybe'", "'也许'")));
    let expected: Vec<(&str, &str)> = expected.iter().map(|(zh, en)| (*zh, &**en)).collect();
    told(&wrong(&import, &list).await, &expected);
    told(&wrong(&import, workbook(&list)).await, &expected);
    assert_eq!(checked(&import, &list).await.count().refused, 4, "rows, not cells");
    assert_eq!(harvests(&world).await.len(), 0);
    let plots = LIST.replace("后山", "前山");
    told(
        &wrong(&import, &plots).await,
        &[("第 3 行 地块：这户没有叫“前山”的地块", "row 3, plot: this household has no plot")],
    );
    let large = vec![b'x'; FILE_BYTES_MAX + 1];
    told(&wrong(&import, &large).await, &[("文件有 2000001 字节", "the file has 2000001 bytes, at most")]);
}

pub async fn headings_are_told_by_name(database: Database) {
    let world = world(&database).await;
    let import = import(&world);
    told(
        &wrong(&import, "单价,数量,amount\nx,1斤,1斤\n").await,
        &[
            (
                "第 1 行：不认识的列“单价”；可用的列：农户编号、",
                "row 1: unknown column '单价'; the columns are household, ",
            ),
            ("第 1 行：列“amount”有两个", "row 1: the column 'amount' stands twice"),
            ("第 1 行：缺少列“地块”", "row 1: the column 'plot' is missing"),
            ("第 1 行：缺少列“日期”", "row 1: the column 'day' is missing"),
            ("第 1 行：缺少列“农户编号”", "row 1: the column 'household' is missing"),
        ],
    );
}

pub async fn who_granted_nothing_is_not_entered_for(database: Database) {
    let world = world(&database).await;
    world.plant(SECOND, SECOND_PLOT, "1亩").await;
    let row = |who: PartyId| format!("household,plot,day,amount\n{who},{SECOND_PLOT},2026-11-20,50斤\n");
    let refused = ("第 2 行 农户编号：", "row 2, household: ");
    // Whether it exists or not, the words are the same.
    let (known, unknown) = (row(SECOND), row(PartyId::from_random([99; 10])));
    let words = async |list: &str| {
        let wrong = wrong(&import(&world), list).await;
        told(&wrong, &[refused]);
        assert!(wrong[0].0.contains("没有授权") && wrong[0].1.contains("has not let you"), "{wrong:?}");
        wrong[0].0.split('”').nth(1).unwrap().to_owned()
    };
    assert_eq!(words(&known).await, words(&unknown).await);
    // Neither for another co-op, nor for all rows at once, nor under a name.
    let rival = Import { ledger: &world.ledger, submitter: RIVAL, household: None };
    let names = wrong(&rival, LIST).await;
    told(&names, &[("第 2 行 姓名：", "row 2, name: "), ("第 3 行 姓名：", "row 3, "), ("第 4 行 姓名：", "row 4, ")]);
    let one = Import { ledger: &world.ledger, submitter: COOP, household: Some(SECOND) };
    told(&wrong(&one, "plot,day,amount\nx,2026-11-20,50斤\n").await, &[refused]);
    // A grant that ended is none.
    let grant = world.ledger.grants_to(COOP).await.unwrap().into_iter().find(|grant| grant.from == WANG).unwrap();
    world.append(OFFICE, draft(Kind::EndGrant, json!({"grant": grant.id}))).await;
    assert_eq!(wrong(&import(&world), LIST).await.len(), 3);
    assert_eq!(harvests(&world).await.len(), 0);
}

pub async fn the_ledgers_own_rules_are_asked_first(database: Database) {
    let world = world(&database).await;
    let import = import(&world);
    // A day to come, and one after the plot was dug up in this very list: judged on the rows above.
    let list = LIST.replace("后山,2026-11-19", "后山,2026-12-19") + "王大山,小草坝,3号地,2026-11-20,10斤,\n";
    told(
        &wrong(&import, &list).await,
        &[("第 3 行 日期：", "row 3, day: "), ("第 5 行 地块：", "row 5, plot: planting ")],
    );
    // Far more than a plot gives is told before it is stored, and is stored if it is meant.
    let much = checked(&import, LIST.replace("80斤", "700 kg")).await;
    assert!(much.rows[1].findings.iter().any(|finding| finding.mark.rule.contains("yield")), "{much:?}");
    assert_eq!(much.wrong, []);
    assert_eq!(stored(&import, LIST).await, (3, 0));
}

pub async fn names_that_fit_twice_are_asked_for(database: Database) {
    let world = world(&database).await;
    let (other, plot) = (PartyId::from_random([43; 10]), SiteId::from_random([43; 10]));
    settle(&world, other, "王大山", "钟鸣", &[(plot, "3号地"), (SiteId::from_random([44; 10]), "3号地")]).await;
    let row =
        |village: &str, place: &str| format!("姓名,村,地块,日期,数量\n王大山,{village},{place},2026-11-20,50斤\n");
    let import = import(&world);
    told(&wrong(&import, row("", "3号地")).await, &[("第 2 行 姓名：有 2 户叫“王大山”", "row 2, name: 2 households")]);
    told(&wrong(&import, row("钟鸣", "3号地")).await, &[("第 2 行 地块：有 2 块地叫“3号地”", "row 2, plot: 2 plots")]);
    let place = plot.to_string();
    told(
        &wrong(&import, row("钟鸣", &place)).await,
        &[("第 2 行 地块：这块地在 2026-11-20 没有", "row 2, plot: nothing")],
    );
    let (one, two) = (world.plant(other, plot, "1亩").await, world.plant(other, plot, "1亩").await);
    let several = wrong(&import, row("钟鸣", &place)).await;
    told(&several, &[("第 2 行 地块：这块地在种 2 批", "row 2, plot: 2 plantings")]);
    assert!(several[0].0.contains(&one.to_string()) && several[0].1.contains(&two.to_string()), "{several:?}");
    assert_eq!(stored(&import, row("钟鸣", &two.to_string())).await, (1, 0));
    assert!(world.batch(two).await.harvested_mg > 0);
}
