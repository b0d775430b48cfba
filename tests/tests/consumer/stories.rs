//! What the story of a batch tells, and what it keeps to itself.

use serde_json::json;
use trace_core::id::{BatchCode, PartyId, SiteId, Stage};
use trace_core::lineage::Lineage;
use trace_core::record::sealed::Group;
use trace_core::record::{Amounts, Entry, Kind};
use trace_core::tianma::Product;
use trace_server::scan::{CopyRules, Scanner};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    FIRST, FIRST_PLOT, FIRST_VALLEY, LABORATORY, OFFICE, PROCESSOR, World, correction, dry, made, receive,
};

use crate::kiosk::Kiosk;

/// Fresh tianma of a household's plot, received by the processor.
async fn grown(world: &World, site: SiteId, amount: &str) -> BatchCode {
    let planting = world.plant(FIRST, site, "1亩").await;
    let harvest = world.harvest(FIRST, planting, amount).await;
    made(&world.receive(PROCESSOR, harvest, amount).await)
}

/// 25 kg dried out of 100 kg fresh.
async fn dried(world: &World, fresh: BatchCode) -> BatchCode {
    made(&world.append(PROCESSOR, dry(fresh, "100kg", "25kg")).await)
}

async fn bring_in(world: &World, origin: &str, place: Option<&str>, product: Product, amount: &str) -> BatchCode {
    let mut details = json!({"origin": origin});
    if let Some(place) = place {
        details["place"] = place.into();
    }
    made(&world.append(PROCESSOR, draft(Kind::BringIn, details).makes_at(Stage::Processing, product, amount)).await)
}

fn blend(parts: &[(BatchCode, &str)], total: &str) -> trace_core::prepare::Draft {
    let sheet = draft(Kind::Process, json!({"method": "blend"}));
    let sheet = parts.iter().fold(sheet, |sheet, (batch, amount)| sheet.takes(*batch, amount));
    sheet.makes(Product::DriedTianma, total)
}

pub async fn a_clean_way_shows_the_mark(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let fresh = grown(&kiosk.world, FIRST_PLOT, "100kg").await;
    let dried = dried(&kiosk.world, fresh).await;
    let (sale, issue) = kiosk.packages(dried).await;
    let page = kiosk.get(&kiosk.long(sale, kiosk.code(issue, 0))).await;
    page.says(&[
        "「彝良天麻」产地条件：按记录全部符合",
        "还要求满 2 年：从种下到采收 12 个月，种麻此前长了多久没有记录，年限无法核对",
        "100 %",
        "种植 乌天麻",
        "1800 米",
        "采收 冬麻",
        "第一加工厂收货",
        "1 次未确认",
        "干燥",
        "热源 电",
        "温度 无记录",
        "包装：干天麻",
        "24 个月，至 2028-11-20",
        "1 次卖方尚未确认",
    ]);
    kiosk.get(&format!("/b/{sale}?lang=en")).await.says(&["all conditions of origin are met", "1 not confirmed"]);
    // One plot below the altitude, and it is gone.
    let low = grown(&kiosk.world, FIRST_VALLEY, "100kg").await;
    let page = kiosk.get(&format!("/b/{low}")).await;
    page.says(&["不标示「彝良天麻」产地", "有地块海拔不在保护范围"]);
    page.omits(&["按记录全部符合"]);
}

/// A planting by itself, as its details say, and its harvest on a day.
async fn harvested(world: &World, details: serde_json::Value, planted: &str, dug: &str) -> BatchCode {
    let stock = draft(Kind::BringIn, json!({"origin": "before_system"})).on("2020-01-01");
    let seed = made(&world.append(FIRST, stock.makes_at(Stage::Seed, Product::SeedCapsule, "500个")).await);
    let sheet = draft(Kind::Plant, details).at(FIRST_PLOT).takes(seed, "500个").makes(Product::Planting, "0.2亩");
    let planting = made(&world.append(FIRST, sheet.on(planted)).await);
    made(&world.append(FIRST, trace_tests::household::harvest(planting, "20kg", false).on(dug)).await)
}

/// What was sown is as old as its time in the ground; of tubers that is not known.
pub async fn what_is_known_to_be_young_gets_no_mark(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let sown = json!({"method": "hole", "form": "wutianma", "propagation": "sexual"});
    let young = harvested(world, sown.clone(), "2024-11-21", "2026-11-20").await;
    let page = kiosk.get(&format!("/b/{young}")).await;
    page.says(&["不标示「彝良天麻」产地", "从播种到采收不满 2 年"]);
    kiosk.get(&format!("/b/{young}?lang=en")).await.says(&["less than 2 years after it was sown"]);
    let old = harvested(world, sown, "2024-11-20", "2026-11-20").await;
    let page = kiosk.get(&format!("/b/{old}")).await;
    page.says(&["产地条件：按记录全部符合", "从种下到采收都满 2 年"]);
    page.omits(&["无法核对"]);
    // Saying nothing helps nobody: capsules are sown.
    let unsaid = harvested(world, json!({"method": "hole", "form": "wutianma"}), "2024-11-21", "2026-11-20").await;
    kiosk.get(&format!("/b/{unsaid}")).await.says(&["从播种到采收不满 2 年"]);
    let tubers = json!({"method": "hole", "form": "wutianma", "propagation": "asexual"});
    let unknown = harvested(world, tubers, "2024-11-21", "2026-11-20").await;
    let page = kiosk.get(&format!("/b/{unknown}")).await;
    page.says(&["产地条件：按记录全部符合", "从种下到采收 23 个月", "年限无法核对"]);
}

/// Sulphur is said of whatever was made of it, and takes the mark, also after the office let it go.
pub async fn sulphur_is_told_and_takes_the_mark(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let fresh = grown(world, FIRST_PLOT, "200kg").await;
    let dried = |fumigated: Option<bool>| {
        let mut sheet = dry(fresh, "50kg", "12.5kg");
        if let Some(fumigated) = fumigated {
            sheet.details["sulphur_fumigated"] = fumigated.into();
        }
        sheet
    };
    let clean = made(&world.append(PROCESSOR, dried(Some(false))).await);
    let page = kiosk.get(&format!("/b/{clean}")).await;
    page.says(&["产地条件：按记录全部符合", "没有用硫磺熏蒸（加工方填写）"]);
    // One who says no speaks for nobody else.
    let silent = made(&world.append(PROCESSOR, dried(None)).await);
    let both = made(&world.append(PROCESSOR, blend(&[(clean, "2kg"), (silent, "2kg")], "4kg")).await);
    kiosk.get(&format!("/b/{both}")).await.omits(&["没有用硫磺熏蒸"]);
    let stored = world.append(PROCESSOR, dried(Some(true))).await;
    world.append(OFFICE, trace_tests::household::release(stored.record.id())).await;
    let (sale, issue) = kiosk.packages(made(&stored)).await;
    let page = kiosk.get(&kiosk.long(sale, kiosk.code(issue, 0))).await;
    page.says(&["不标示「彝良天麻」产地", "有一部分用硫磺熏蒸过", "加工时用硫磺熏蒸过", "规则冻结：用硫磺熏蒸"]);
    page.omits(&["按记录全部符合", "没有用硫磺熏蒸"]);
    kiosk.get(&format!("/b/{sale}?lang=en")).await.says(&["It was fumigated with sulphur"]);
    // Who said so cannot unsay it, the office can.
    let unsaid = world.append(PROCESSOR, correction(&stored, dried(Some(false)))).await;
    let page = kiosk.get(&format!("/b/{}", made(&stored))).await;
    page.says(&["有一部分用硫磺熏蒸过"]);
    page.omits(&["没有用硫磺熏蒸"]);
    world.append(OFFICE, correction(&unsaid, dried(Some(false)))).await;
    let page = kiosk.get(&format!("/b/{}", made(&stored))).await;
    page.says(&["没有用硫磺熏蒸"]);
    page.omits(&["有一部分用硫磺熏蒸过"]);
}

/// Inoculation, land and the time in the steam are told where they are on record.
pub async fn what_the_crop_says_of_itself_is_told(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let site = json!({"site": FIRST_PLOT, "party": FIRST, "kind": "plot", "altitude_m": 1800, "tenure": "contracted"});
    let site = draft(Kind::RegisterSite, site).covering("3亩").replacing(world.site(FIRST_PLOT).await.record);
    world.append(OFFICE, site).await;
    let details = json!({"species": "armillaria", "passed": true, "inoculated_on": "2026-09-30"});
    let lot = draft(Kind::Produce, details).makes(Product::ArmillariaBottle, "100瓶");
    let lot = made(&world.append(trace_tests::household::FACTORY, lot).await);
    kiosk.get(&format!("/b/{lot}")).await.says(&["接种：2026-09-30"]);
    let fresh = grown(world, FIRST_PLOT, "200kg").await;
    let details = json!({"method": "steam", "minutes": 20, "tuber_size": "large"});
    let steamed = draft(Kind::Process, details).takes(fresh, "100kg").makes(Product::SteamedTianma, "99kg");
    let steamed = made(&world.append(PROCESSOR, steamed).await);
    kiosk.get(&format!("/b/{steamed}")).await.says(&["土地：家庭承包", "时间 20 分钟", "海拔：1800 米"]);
}

pub async fn a_blend_shows_its_share(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let fresh = grown(world, FIRST_PLOT, "100kg").await;
    let own = dried(world, fresh).await;
    let outside = bring_in(world, "outside", Some("贵州省德江县"), Product::DriedTianma, "50kg").await;
    let unknown = bring_in(world, "unknown", None, Product::DriedTianma, "50kg").await;
    let mixed = blend(&[(own, "12.4kg"), (outside, "7.6kg")], "20kg");
    let mixed = made(&world.append(PROCESSOR, mixed).await);
    let (sale, issue) = kiosk.packages(mixed).await;
    let page = kiosk.get(&kiosk.long(sale, kiosk.code(issue, 0))).await;
    page.says(&["约 38 % 来自外地（贵州省德江县）", "约 62 %", "不标示「彝良天麻」产地"]);
    page.omits(&["按记录全部符合"]);
    kiosk.get(&format!("/b/{sale}?lang=en")).await.says(&["about 38 % comes from outside (贵州省德江县)"]);
    // A speck of unknown origin is not rounded away.
    let speck = blend(&[(own, "12kg"), (unknown, "1g")], "12.001kg");
    let speck = made(&world.append(PROCESSOR, speck).await);
    kiosk.get(&format!("/b/{speck}")).await.says(&["不到 1 % 来源不明", "99 % 以上", "不标示"]);
    // Seed from outside taints what grows from it, but grows here.
    let details = json!({"origin": "outside", "place": "四川"});
    let seed = draft(Kind::BringIn, details).makes_at(Stage::Seed, Product::SeedTuber, "500kg");
    let seed = made(&world.append(FIRST, seed).await);
    let details = json!({"method": "hole", "form": "wutianma"});
    let plant = draft(Kind::Plant, details).at(FIRST_PLOT).takes(seed, "500kg").makes(Product::Planting, "1亩");
    let planting = made(&world.append(FIRST, plant).await);
    let harvest = world.harvest(FIRST, planting, "100kg").await;
    let page = kiosk.get(&format!("/b/{harvest}")).await;
    page.says(&["所用种子或菌种来自外地或来源不明", "100 %"]);
}

pub async fn tests_are_strictly_of_their_batch(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let dried = kiosk.dried().await;
    let (sale, _) = kiosk.packages(dried).await;
    let path = format!("/b/{sale}");
    let none = kiosk.get(&path).await;
    assert_eq!(none.html.matches("<p class=\"none\">无</p>").count(), 2, "neither test nor certificate");
    kiosk.get(&format!("{path}?lang=en")).await.says(&["<p class=\"none\">None</p>"]);

    let inspect = |batch, so2, verdict: &str| {
        let results = json!([{"item": "so2", "mg_per_kg": so2}, {"item": "water", "mg_per_kg": 123_400}]);
        let details = json!({"standard": "pharmacopoeia_2020", "results": results, "verdict": verdict});
        draft(Kind::Inspect, details).names(batch)
    };
    world.append(LABORATORY, inspect(dried, 99, "pass")).await;
    let page = kiosk.get(&path).await;
    page.says(&["来源批次（不是对本批次的检验）", &format!("/b/{dried}"), "99\u{a0}mg/kg", "检测中心"]);
    assert_eq!(page.html.matches("<p class=\"none\">无</p>").count(), 2, "an earlier batch's test is not this one's");
    let own = world.append(LABORATORY, inspect(sale, 400, "pass")).await;
    let certify = draft(Kind::Certify, json!({"basis": "own_test", "wording_version": 1})).names(sale);
    world.append(PROCESSOR, certify).await;
    let page = kiosk.get(&path).await;
    page.says(&["400\u{a0}mg/kg", "不超过 400\u{a0}mg/kg", "12.34\u{a0}%", "自行检测", &own.record.id().to_string()]);
    page.omits(&["<p class=\"none\">"]);
    // A failed one freezes the batch and stands there as failed.
    world.append(LABORATORY, inspect(sale, 401, "fail")).await;
    let page = kiosk.get(&path).await;
    assert_eq!(page.state(), "held");
    page.says(&["不合格", "401\u{a0}mg/kg"]);
}

/// Stock from before the system has no way to tell of, and the page says so.
pub async fn nothing_is_passed_over_in_silence(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (sale, _) = kiosk.some_packages().await;
    kiosk.get(&format!("/b/{sale}")).await.says(&[
        "不知道的",
        "所用菌种：无记录",
        "种子来源：无记录",
        "种植：无记录",
        "采收：无记录",
        "100 % 是系统启用前的存货，没有地块记录",
        "此前的经过：无记录",
        "指纹能证明记录没有被改动，不能证明记录的内容当初就是真的",
    ]);
    kiosk.get(&format!("/b/{sale}?lang=en")).await.says(&[
        "What is not known",
        "Harvest: no record",
        "Hashes prove that a record was not altered, not that it was true",
    ]);
}

pub async fn what_was_typed_in_late_says_so(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let stock = |day| {
        draft(Kind::BringIn, json!({"origin": "before_system"})).on(day).makes_at(
            Stage::Processing,
            Product::DriedTianma,
            "20kg",
        )
    };
    let fresh = made(&world.append(PROCESSOR, stock("2026-10-21")).await);
    let late = made(&world.append(PROCESSOR, stock("2026-10-20")).await);
    kiosk.get(&format!("/b/{fresh}")).await.omits(&["补登"]);
    let page = kiosk.get(&format!("/b/{late}")).await;
    page.says(&["补登：发生于 2026-10-20，2026-11-20 才登记", "class=\"badge\""]);
    // A correction months later does not make late what was written down at the time.
    let of = world.append(PROCESSOR, stock("2026-11-19")).await;
    world.pass_ms(90 * 24 * 3_600_000);
    world.append(PROCESSOR, correction(&of, stock("2026-11-19")).on("2026-11-19")).await;
    let page = kiosk.get(&format!("/b/{}", made(&of))).await;
    // Opening stock that is corrected after its days is held, and that has words of its own.
    page.omits(&["class=\"badge\"", "才登记"]);
    page.says(&["1 条记录是更正后的版本", "系统启用后才补登的期初存货"]);
}

pub async fn nobody_is_named_and_no_amount_is_told(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let grower = PartyId::from_random([77; 10]);
    let mut party = draft(Kind::RegisterParty, json!({"party": grower, "role": "household", "village": "龙海村"}));
    party.person = Some(json!({"name": "王大山", "telephone": "13800000000"}));
    world.append(OFFICE, party).await;
    let plot = SiteId::from_random([77; 10]);
    let site = json!({"site": plot, "party": grower, "kind": "plot", "altitude_m": 1700});
    world.append(OFFICE, draft(Kind::RegisterSite, site).covering("2.5亩")).await;
    let planting = world.plant(grower, plot, "2亩").await;
    let harvest = world.harvest(grower, planting, "123.456kg").await;
    let fresh = made(&world.append(PROCESSOR, receive(harvest, "123.456kg")).await);
    let dried = made(&world.append(PROCESSOR, dry(fresh, "123.456kg", "31kg")).await);
    let (sale, issue) = kiosk.packages(dried).await;
    for path in [kiosk.long(sale, kiosk.code(issue, 0)), format!("/b/{harvest}"), format!("/b/{planting}?lang=en")] {
        let page = kiosk.get(&path).await;
        page.says(&["龙海村"]);
        page.omits(&["王大山", "王", "13800000000", "123.4", "123,4", "246.9", "2.5 亩", "2 亩", "31 kg", "300 "]);
        page.omits(&[&grower.to_string(), &plot.to_string()]);
    }
}

/// Sixty receipts are one line; the page stays small.
pub async fn sixty_households_are_summed_up(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let id = |i: u8| [100 + i; 10];
    let mut sheets = Vec::new();
    for i in 0..60_u8 {
        let (party, site) = (PartyId::from_random(id(i)), SiteId::from_random(id(i)));
        let village = ["小草坝", "龙海", "荞山"][usize::from(i % 3)];
        sheets.push(draft(Kind::RegisterParty, json!({"party": party, "role": "household", "village": village})));
        let site = json!({"site": site, "party": party, "kind": "plot", "altitude_m": 1500 + u16::from(i)});
        sheets.push(draft(Kind::RegisterSite, site).covering("3亩"));
    }
    world.send(OFFICE, sheets).await.unwrap();
    let mut received = Vec::new();
    for i in 0..60_u8 {
        let party = PartyId::from_random(id(i));
        let planting = world.plant(party, SiteId::from_random(id(i)), "1亩").await;
        let amount = if i % 3 == 0 { "20kg" } else { "10kg" };
        let harvest = world.harvest(party, planting, amount).await;
        received.push((made(&world.receive(PROCESSOR, harvest, amount).await), amount));
    }
    let sheet = draft(Kind::Process, json!({"method": "pool"}));
    let sheet = received.iter().fold(sheet, |sheet, (batch, amount)| sheet.takes(*batch, amount));
    let pool = sheet.makes_at(Stage::Processing, Product::FreshTianma, "800kg");
    let pool = made(&world.append(PROCESSOR, pool).await);
    let dried = made(&world.append(PROCESSOR, dry(pool, "800kg", "200kg")).await);
    let (sale, issue) = kiosk.packages(dried).await;
    let page = kiosk.get(&kiosk.long(sale, kiosk.code(issue, 0))).await;
    page.says(&[
        "60 户",
        "小草坝 20 户（约 50 %）",
        "龙海 20 户（约 25 %）",
        "1500–1559 米",
        "由 60 个批次合成",
        "60 次未确认",
        "60 块地",
        "未列出的记录：",
    ]);
    assert!(page.html.len() < 20_000, "{} bytes", page.html.len());
}

pub async fn a_correction_is_told_and_old_ways_are_left(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let outside = bring_in(world, "outside", Some("贵州"), Product::DriedTianma, "30kg").await;
    let own = kiosk.dried().await;
    let mixed = world.append(PROCESSOR, blend(&[(outside, "20kg")], "20kg")).await;
    kiosk.get(&format!("/b/{}", made(&mixed))).await.says(&["100 % 来自外地（贵州）"]);
    world.append(PROCESSOR, correction(&mixed, blend(&[(own, "20kg")], "20kg"))).await;
    let page = kiosk.get(&format!("/b/{}", made(&mixed))).await;
    page.says(&["1 条记录是更正后的版本；原记录仍保留在日志中", "系统启用前"]);
    page.omits(&["贵州"]);
}

/// The shares of a tangled way are those that the lineage works out from the records and their openings alone.
pub async fn shares_agree_with_the_lineage(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let own = kiosk.dried().await;
    let outside = bring_in(world, "outside", Some("贵州"), Product::DriedTianma, "90kg").await;
    let unknown = bring_in(world, "unknown", None, Product::DriedTianma, "90kg").await;
    let one = made(&world.append(PROCESSOR, blend(&[(own, "7kg"), (outside, "3.3kg")], "10kg")).await);
    let two = made(&world.append(PROCESSOR, blend(&[(one, "4.1kg"), (unknown, "2.9kg"), (own, "5kg")], "11kg")).await);
    let three =
        made(&world.append(PROCESSOR, blend(&[(two, "9kg"), (one, "1.7kg"), (outside, "0.9kg")], "11kg")).await);
    let (sale, _) = kiosk.packages(three).await;

    let entries = world.store().entries(0..10_000).await.unwrap();
    let records = entries.iter().map(|row| (row.index, Entry::from_bytes(&row.bytes).unwrap().record));
    let records: Vec<_> = records.collect();
    let ids: Vec<_> = records.iter().map(|(_, record)| record.id()).collect();
    let opened = world.store().openings(&ids, Group::Amounts).await.unwrap();
    let lineage = Lineage::build(records).unwrap();
    let scanner = Scanner::open(world.store().clone(), std::sync::Arc::new(kiosk.keys), CopyRules::load(None).unwrap());
    for batch in [one, two, three, sale] {
        let amounts = |id| {
            let opening = opened.iter().find(|opening| opening.record == id)?;
            Amounts::from_value(opening.value.clone()).ok()
        };
        let share = lineage.outside_share_ppm(&batch, amounts).unwrap();
        let story = scanner.story(batch).await.unwrap().unwrap();
        let told = story.origin.tainted_ppm().unwrap();
        assert!(told.abs_diff(share.outside_ppm) <= 1, "{batch}: {told} ppm, the lineage says {}", share.outside_ppm);
        assert!(share.outside_ppm > 200_000);
    }
}
