//! China's 34 divisions of the first level (ISO 3166-2:CN): names, rough centres, and who borders on whom.
//!
//! Centres are to half a degree: what is asked of them is whether two openings lie more than 500 km apart.

/// A division of the first level.
#[derive(Debug, Clone, Copy)]
pub struct Province {
    /// The letters after `CN-`.
    pub code: &'static str,
    /// Its short name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// Degrees north and east of its middle.
    pub centre: (f64, f64),
    /// Those that it borders on, bridges and ferries of a few kilometres included.
    pub neighbours: &'static [&'static str],
}

impl Province {
    /// Whether the two have a border.
    pub fn borders(&self, other: &Self) -> bool {
        self.neighbours.contains(&other.code)
    }
}

const fn province(
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    centre: (f64, f64),
    neighbours: &'static [&'static str],
) -> Province {
    Province { code, zh, en, centre, neighbours }
}

/// All of them, by code.
pub static PROVINCES: [Province; 34] = [
    province("AH", "安徽", "Anhui", (32.0, 117.0), &["HA", "HB", "JS", "JX", "SD", "ZJ"]),
    province("BJ", "北京", "Beijing", (40.0, 116.5), &["HE", "TJ"]),
    province("CQ", "重庆", "Chongqing", (30.0, 107.5), &["GZ", "HB", "HN", "SC", "SN"]),
    province("FJ", "福建", "Fujian", (26.0, 118.0), &["GD", "JX", "ZJ"]),
    province("GD", "广东", "Guangdong", (23.5, 113.5), &["FJ", "GX", "HI", "HK", "HN", "JX", "MO"]),
    province("GS", "甘肃", "Gansu", (37.5, 101.0), &["NM", "NX", "QH", "SC", "SN", "XJ"]),
    province("GX", "广西", "Guangxi", (23.5, 108.5), &["GD", "GZ", "HN", "YN"]),
    province("GZ", "贵州", "Guizhou", (27.0, 106.5), &["CQ", "GX", "HN", "SC", "YN"]),
    province("HA", "河南", "Henan", (34.0, 113.5), &["AH", "HB", "HE", "SD", "SN", "SX"]),
    province("HB", "湖北", "Hubei", (31.0, 112.5), &["AH", "CQ", "HA", "HN", "JX", "SN"]),
    province("HE", "河北", "Hebei", (39.0, 116.0), &["BJ", "HA", "LN", "NM", "SD", "SX", "TJ"]),
    province("HI", "海南", "Hainan", (19.0, 110.0), &["GD"]),
    province("HK", "香港", "Hong Kong", (22.5, 114.0), &["GD", "MO"]),
    province("HL", "黑龙江", "Heilongjiang", (48.0, 128.0), &["JL", "NM"]),
    province("HN", "湖南", "Hunan", (27.5, 111.5), &["CQ", "GD", "GX", "GZ", "HB", "JX"]),
    province("JL", "吉林", "Jilin", (43.5, 126.0), &["HL", "LN", "NM"]),
    province("JS", "江苏", "Jiangsu", (33.0, 119.5), &["AH", "SD", "SH", "ZJ"]),
    province("JX", "江西", "Jiangxi", (27.5, 115.5), &["AH", "FJ", "GD", "HB", "HN", "ZJ"]),
    province("LN", "辽宁", "Liaoning", (41.5, 122.5), &["HE", "JL", "NM"]),
    province("MO", "澳门", "Macao", (22.0, 113.5), &["GD", "HK"]),
    province("NM", "内蒙古", "Inner Mongolia", (44.0, 113.5), &["GS", "HE", "HL", "JL", "LN", "NX", "SN", "SX"]),
    province("NX", "宁夏", "Ningxia", (37.5, 106.0), &["GS", "NM", "SN"]),
    province("QH", "青海", "Qinghai", (35.5, 96.0), &["GS", "SC", "XJ", "XZ"]),
    province("SC", "四川", "Sichuan", (30.5, 102.5), &["CQ", "GS", "GZ", "QH", "SN", "XZ", "YN"]),
    province("SD", "山东", "Shandong", (36.5, 118.5), &["AH", "HA", "HE", "JS"]),
    province("SH", "上海", "Shanghai", (31.0, 121.5), &["JS", "ZJ"]),
    province("SN", "陕西", "Shaanxi", (35.5, 109.0), &["CQ", "GS", "HA", "HB", "NM", "NX", "SC", "SX"]),
    province("SX", "山西", "Shanxi", (37.5, 112.5), &["HA", "HE", "NM", "SN"]),
    province("TJ", "天津", "Tianjin", (39.5, 117.5), &["BJ", "HE"]),
    province("TW", "台湾", "Taiwan", (23.5, 121.0), &[]),
    province("XJ", "新疆", "Xinjiang", (41.5, 85.5), &["GS", "QH", "XZ"]),
    province("XZ", "西藏", "Tibet", (31.5, 88.5), &["QH", "SC", "XJ", "YN"]),
    province("YN", "云南", "Yunnan", (25.0, 101.5), &["GX", "GZ", "SC", "XZ"]),
    province("ZJ", "浙江", "Zhejiang", (29.0, 120.0), &["AH", "FJ", "JS", "JX", "SH"]),
];
