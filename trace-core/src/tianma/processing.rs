//! Words of the workshop, and which product each process may turn into which.
//!
//! It deliberately lacks loss limits, temperatures and times: those are in the rules table.

use super::products::{MatterState, Product};
use super::vocabulary::vocabulary;
use crate::id::Stage;

vocabulary! {
    /// What was done to inputs to make outputs.
    pub enum ProcessMethod, "process method" {
        Wash = "wash", "清洗", "washing";
        Grade = "grade", "分级", "grading";
        Steam = "steam", "蒸制", "steaming";
        Dry = "dry", "干燥", "drying";
        Slice = "slice", "切片", "slicing";
        Powder = "powder", "打粉", "milling to powder";
        Blend = "blend", "拼配", "blending";
        Pool = "pool", "合批", "pooling batches";
        Split = "split", "分批", "splitting a batch";
        Recipe = "recipe", "配方生产", "manufacture by recipe";
    }
}

vocabulary! {
    /// What heats a dryer. Coal leaves sulphur dioxide.
    pub enum Fuel, "fuel" {
        Electricity = "electricity", "电", "electricity";
        Steam = "steam", "蒸汽", "steam";
        Wood = "wood", "柴", "wood";
        Coal = "coal", "煤", "coal";
    }
}

vocabulary! {
    /// Size of fresh tubers when they are steamed, by the weight of one; the weights stand in the rules table.
    pub enum TuberSize, "tuber size" {
        Large = "large", "大麻", "large tubers";
        Medium = "medium", "中麻", "medium tubers";
        Small = "small", "小麻", "small tubers";
    }
}

/// Whether `method` may make `to` out of `from`.
///
/// Drying what is dry already is allowed (re-drying after damp storage), and so is grading it. Blending, pooling and
/// splitting never change the product, and only apply to what may stand at the processing stage.
///
/// ```
/// use trace_core::tianma::{ProcessMethod, Product, transition_allowed};
/// assert!(transition_allowed(ProcessMethod::Wash, Product::FreshTianma, Product::WashedTianma));
/// assert!(!transition_allowed(ProcessMethod::Dry, Product::DriedTianma, Product::FreshTianma));
/// ```
pub fn transition_allowed(method: ProcessMethod, from: Product, to: Product) -> bool {
    use Product::{DriedTianma, FreshTianma, GradedTianma, SteamedTianma, TianmaPowder, TianmaSlices, WashedTianma};
    match method {
        ProcessMethod::Wash => matches!((from, to), (FreshTianma, WashedTianma)),
        ProcessMethod::Grade => {
            matches!((from, to), (FreshTianma | WashedTianma, GradedTianma) | (DriedTianma, DriedTianma))
        }
        ProcessMethod::Steam => matches!((from, to), (FreshTianma | WashedTianma | GradedTianma, SteamedTianma)),
        ProcessMethod::Dry => {
            matches!((from, to), (FreshTianma | WashedTianma | GradedTianma | SteamedTianma | DriedTianma, DriedTianma))
        }
        ProcessMethod::Slice => matches!((from, to), (SteamedTianma | DriedTianma, TianmaSlices)),
        ProcessMethod::Powder => matches!((from, to), (DriedTianma | TianmaSlices, TianmaPowder)),
        ProcessMethod::Blend | ProcessMethod::Pool | ProcessMethod::Split => {
            from == to && from.may_stand_at(Stage::Processing)
        }
        ProcessMethod::Recipe => from.is_tianma() && to.state() == MatterState::Manufactured,
    }
}

/// Everything that `method` may make out of `from`, in the order of [`Product::ALL`]; empty where it does not apply.
pub fn allowed_outputs(method: ProcessMethod, from: Product) -> Vec<Product> {
    let outputs = Product::ALL.iter().copied();
    outputs.filter(|&to| transition_allowed(method, from, to)).collect()
}

/// Whether going from one product to the other drives the water out, so that the dry : fresh limits apply.
///
/// Slices cut from steamed tubers count: they are dried within the same record, and the slicing loss alone would
/// call an honest batch a loss of three quarters.
pub fn is_drying_step(from: Product, to: Product) -> bool {
    from.state() == MatterState::Fresh && to.state() == MatterState::Dry
}

impl ProcessMethod {
    /// Whether several inputs may meet in one output. Splitting takes one batch apart and never joins two.
    pub const fn takes_many_inputs(self) -> bool {
        !matches!(self, Self::Split)
    }

    /// Whether something is done to the tubers themselves, beside putting batches together or apart.
    pub const fn works_on_the_tubers(self) -> bool {
        !matches!(self, Self::Blend | Self::Pool | Self::Split | Self::Recipe)
    }

    /// Whether one record may make several outputs. Pooling and blending make one batch of many.
    pub const fn makes_many_outputs(self) -> bool {
        !matches!(self, Self::Pool | Self::Blend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(method: ProcessMethod) -> Vec<(Product, Product)> {
        let from = Product::ALL.iter().copied();
        from.flat_map(|from| allowed_outputs(method, from).into_iter().map(move |to| (from, to))).collect()
    }

    #[test]
    fn each_method_makes_something_and_stages_agree() {
        for &method in ProcessMethod::ALL {
            let pairs = pairs(method);
            assert!(!pairs.is_empty(), "{method} makes nothing");
            for (from, to) in pairs {
                assert!(
                    from.may_stand_at(Stage::Harvest) || from.may_stand_at(Stage::Processing),
                    "{method} takes {from}"
                );
                assert!(to.may_stand_at(Stage::Processing), "{method} makes {to}");
            }
        }
    }

    #[test]
    fn the_number_of_pairs_is_as_written_down() {
        let counts = [1, 3, 3, 5, 2, 2, 13, 13, 13, 42];
        for (&method, count) in ProcessMethod::ALL.iter().zip(counts) {
            assert_eq!(pairs(method).len(), count, "{method}");
        }
    }

    #[test]
    fn nothing_becomes_wetter_or_comes_back_from_manufacture() {
        for &method in ProcessMethod::ALL {
            for (from, to) in pairs(method) {
                assert!(from.state() <= to.state(), "{method}: {from} -> {to}");
                assert!(from.state() != MatterState::Living, "{method}: {from}");
            }
        }
    }

    #[test]
    fn every_processed_product_can_be_reached_from_fresh() {
        let mut reached = vec![Product::FreshTianma];
        let mut next = 0;
        while let Some(&from) = reached.get(next) {
            for &method in ProcessMethod::ALL {
                for to in allowed_outputs(method, from) {
                    if !reached.contains(&to) {
                        reached.push(to);
                    }
                }
            }
            next += 1;
        }
        for &product in Product::ALL {
            let processed = product.may_stand_at(Stage::Processing);
            assert_eq!(reached.contains(&product), processed, "{product}");
        }
    }

    #[test]
    fn slices_of_steamed_tubers_are_a_drying_step() {
        assert!(is_drying_step(Product::SteamedTianma, Product::TianmaSlices));
        assert!(!is_drying_step(Product::DriedTianma, Product::TianmaSlices));
        assert!(!is_drying_step(Product::DriedTianma, Product::DriedTianma));
        assert!(!is_drying_step(Product::FreshTianma, Product::TianmaLiquor));
    }
}
