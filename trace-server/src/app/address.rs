//! The address that a package carries.

use trace_core::code::{DigitalLink, LotNumber, PackageCode, short_address};
use trace_core::state::BatchRow;

use super::AppState;

impl AppState {
    /// The address in a package's QR code: GS1 Digital Link where the product has a GTIN, else the short form; upper
    /// case, so that the symbol stays in alphanumeric mode.
    pub fn package_address(&self, batch: &BatchRow, code: PackageCode) -> String {
        let (scheme, host) = (self.config.public_scheme, &self.config.public_host);
        let lot = LotNumber::parse(&batch.code.to_string()).ok();
        match batch.attributes.gtin.zip(lot) {
            Some((gtin, lot)) => DigitalLink::new(gtin, lot, code).address(scheme, host),
            None => short_address(scheme, host, &code),
        }
    }
}
