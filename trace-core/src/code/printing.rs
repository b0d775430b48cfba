//! What a label printer makes of a symbol: whole dots a module, and whether GS1 allows modules of that size.
//!
//! A printer has dots of one size, so that a module can only be some whole number of them: half a dot blurs every edge.
//! Pictures in those dots are in `picture`.

use std::fmt;

use super::symbol::{QUIET_ZONE, Symbol};

/// The fewest printer dots a module may have: with one, a single bad dot of the print head is a lost row.
const DOTS_MIN: u32 = 2;

/// The resolutions of label printers, in dots an inch.
const DPI: std::ops::RangeInclusive<u32> = 100..=4800;

/// The side of a module that GS1 allows, its X-dimension, in micrometres, for a QR symbol with a Digital Link on goods
/// that are scanned at the point of sale (GS1 General Specifications, section 5.12.3.1).
const MODULE_UM: std::ops::RangeInclusive<u32> = 396..=990;

/// An inch in micrometres.
const INCH_UM: u32 = 25_400;

/// Why a symbol cannot be printed at a width.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintingError {
    /// The width leaves a module less than 2 dots.
    #[error(
        "a symbol of {modules} modules does not fit {width_mm} mm at {dpi} dpi with 2 dots a module; {needed_mm} mm would do"
    )]
    TooNarrow {
        /// The symbol's size in modules.
        modules: usize,
        /// The width that was asked for, in millimetres.
        width_mm: u32,
        /// The printer's resolution in dots an inch.
        dpi: u32,
        /// The smallest whole number of millimetres that would do.
        needed_mm: u32,
    },
    /// No printer has this resolution.
    #[error(
        "a label printer has 100 to 4800 dots an inch and a label up to 1000 mm, received {dpi} dpi and {width_mm} mm"
    )]
    Printer {
        /// The width that was asked for, in millimetres.
        width_mm: u32,
        /// The resolution that was given.
        dpi: u32,
    },
}

impl PrintingError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::TooNarrow { modules, width_mm, dpi, needed_mm } => format!(
                "{modules} 个模块的二维码在 {dpi} dpi 下放不进 {width_mm} 毫米（每个模块至少 2 个点）；需要 {needed_mm} 毫米"
            ),
            Self::Printer { width_mm, dpi } => {
                format!("标签打印机分辨率为 100 到 4800 dpi，标签最宽 1000 毫米；收到 {dpi} dpi、{width_mm} 毫米")
            }
        }
    }
}

/// A symbol on a certain printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Printing {
    dots: u32,
    dpi: u32,
    modules: u32,
}

/// What speaks against a size. The symbol can be printed all the same, and most telephones will read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrintWarning {
    /// Modules are smaller than GS1 allows.
    Small {
        /// The side of a module in micrometres, rounded.
        module_um: u32,
        /// The fewest dots a module that GS1 allows.
        dots: u32,
        /// The symbol's width with these, without its quiet zone, in millimetres, rounded up.
        width_mm: u32,
    },
    /// Modules are larger than GS1 allows.
    Large {
        /// The side of a module in micrometres, rounded.
        module_um: u32,
        /// The most dots a module that GS1 allows.
        dots: u32,
    },
}

impl Symbol {
    /// The symbol on a printer of `dpi` dots an inch: a module has the most dots with which the symbol, without its quiet
    /// zone, is at most `width_mm` millimetres wide.
    ///
    /// # Errors
    /// [`PrintingError::TooNarrow`] for less than 2 dots, with the width that would do;
    /// [`PrintingError::Printer`] for a resolution or width that no label printer has.
    ///
    /// ```
    /// use trace_core::code::{Level, PrintWarning, Symbol};
    ///
    /// let symbol = Symbol::new("HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40K", Level::M)?;
    /// let printing = symbol.printed(15, 203)?;
    /// assert_eq!((printing.dots(), printing.module_um(), printing.warning()), (4, 500, None));
    /// let small = PrintWarning::Small { module_um: 375, dots: 4, width_mm: 15 };
    /// assert_eq!(symbol.printed(12, 203)?.warning(), Some(small));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn printed(&self, width_mm: u32, dpi: u32) -> Result<Printing, PrintingError> {
        if !DPI.contains(&dpi) || width_mm > 1000 {
            return Err(PrintingError::Printer { width_mm, dpi });
        }
        let modules = u32::try_from(self.size()).unwrap_or(u32::MAX);
        // In whole tenths of a millimetre, which an inch has 254 of.
        let dots = width_mm * 10 * dpi / 254 / modules;
        if dots < DOTS_MIN {
            let needed_mm = (modules * DOTS_MIN * 254).div_ceil(dpi * 10);
            return Err(PrintingError::TooNarrow { modules: self.size(), width_mm, dpi, needed_mm });
        }
        Ok(Printing { dots, dpi, modules })
    }

    /// The symbol on a printer of `dpi` dots an inch with that many dots a module, as a label's place allows them.
    pub(super) fn printed_with(&self, dots: u32, dpi: u32) -> Printing {
        Printing { dots, dpi, modules: u32::try_from(self.size()).unwrap_or(u32::MAX) }
    }
}

impl Printing {
    /// The dots of a module's side.
    pub const fn dots(self) -> u32 {
        self.dots
    }

    /// The printer's resolution in dots a metre, rounded.
    pub(super) const fn dots_per_metre(self) -> u32 {
        (self.dpi * 10_000 + 127) / 254
    }

    /// A module's side, the X-dimension, in micrometres, rounded.
    pub const fn module_um(self) -> u32 {
        (self.dots * INCH_UM + self.dpi / 2) / self.dpi
    }

    /// A module's side in thousandths of an inch, to a tenth: how scanners' data sheets give it.
    pub fn module_mil(self) -> String {
        mils(self.module_um())
    }

    /// The symbol's modules along one side.
    pub const fn modules(self) -> u32 {
        self.modules
    }

    /// The symbol's side with its quiet zone, in micrometres, rounded up to a tenth of a millimetre: what
    /// a label must have room for.
    pub const fn outer_um(self) -> u32 {
        // At most 1,000 mm and a quiet zone of 8/21 of that.
        ((self.modules + 2 * QUIET_ZONE) * self.dots * 254).div_ceil(self.dpi) * 100
    }

    /// What GS1 has against modules of this size.
    pub fn warning(self) -> Option<PrintWarning> {
        let (least, most) = (MODULE_UM.start(), MODULE_UM.end());
        // Micrometres times dots an inch, so that nothing is rounded.
        let side = self.dots * INCH_UM;
        if side < least * self.dpi {
            let dots = (least * self.dpi).div_ceil(INCH_UM);
            let width_mm = (self.modules * dots * INCH_UM).div_ceil(self.dpi * 1000);
            Some(PrintWarning::Small { module_um: self.module_um(), dots, width_mm })
        } else if side > most * self.dpi {
            Some(PrintWarning::Large { module_um: self.module_um(), dots: most * self.dpi / INCH_UM })
        } else {
            None
        }
    }
}

impl fmt::Display for PrintWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (millimetres(*MODULE_UM.start()), millimetres(*MODULE_UM.end()));
        match *self {
            Self::Small { module_um, dots, width_mm } => write!(
                f,
                "modules of {} mm ({} mil) are smaller than GS1 allows ({least} to {most} mm); {dots} dots a module make the symbol {width_mm} mm wide",
                millimetres(module_um),
                mils(module_um)
            ),
            Self::Large { module_um, dots } => write!(
                f,
                "modules of {} mm ({} mil) are larger than GS1 allows ({least} to {most} mm); at most {dots} dots a module",
                millimetres(module_um),
                mils(module_um)
            ),
        }
    }
}

impl PrintWarning {
    /// The same in Chinese.
    pub fn zh(self) -> String {
        let (least, most) = (millimetres(*MODULE_UM.start()), millimetres(*MODULE_UM.end()));
        match self {
            Self::Small { module_um, dots, width_mm } => format!(
                "模块边长 {} 毫米（{} mil），小于 GS1 规定的 {least} 至 {most} 毫米；每个模块 {dots} 个点时二维码宽 {width_mm} 毫米",
                millimetres(module_um),
                mils(module_um)
            ),
            Self::Large { module_um, dots } => format!(
                "模块边长 {} 毫米（{} mil），大于 GS1 规定的 {least} 至 {most} 毫米；每个模块最多 {dots} 个点",
                millimetres(module_um),
                mils(module_um)
            ),
        }
    }
}

/// Micrometres in thousandths of an inch with one digit.
fn mils(um: u32) -> String {
    let tenths = (um * 100 + 127) / 254;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Micrometres as millimetres with three digits.
fn millimetres(um: u32) -> String {
    format!("{}.{:03}", um / 1000, um % 1000)
}
