//! Who lets a party enter records for it.

use trace_core::id::PartyId;
use trace_core::record::{Kind, Refusal};
use trace_core::state::{GrantRow, Key, Row};

use super::Ledger;
use crate::store::{RecordFilter, StoreError};

/// Most grants that one clerk's list reads; a co-op has some hundred households.
const GRANTS_MAX: u32 = 2_000;

impl Ledger {
    /// The grants to this party that are in force.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn grants_to(&self, party: PartyId) -> Result<Vec<GrantRow>, StoreError> {
        let day = self.today().await?;
        let filter = RecordFilter {
            other_side: Some(party),
            states: Some(Kind::Grant),
            live: true,
            limit: GRANTS_MAX,
            ..RecordFilter::default()
        };
        let keys = self.store().records(&filter).await?.into_iter().map(|row| Key::Grant(row.id)).collect();
        let (rows, _) = self.store().load(&keys).await?;
        let grants = rows.into_iter().filter_map(|row| if let Row::Grant(grant) = row { Some(grant) } else { None });
        Ok(grants.filter(|grant| !grant.ended && grant.until >= day && grant.to == party).collect())
    }

    /// Whether this party lets that one enter records of this kind for it, today.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lets(&self, from: PartyId, to: PartyId, kind: Kind) -> Result<bool, StoreError> {
        let day = self.today().await?;
        let (rows, _) = self.store().load(&[Key::Grants(from, to)].into()).await?;
        Ok(rows.iter().any(|row| match row {
            Row::Grant(grant) => !grant.ended && grant.until >= day && grant.kinds.contains(&kind),
            _ => false,
        }))
    }
}

/// What somebody is told who may not enter this kind for a household, whether there is such a household or not.
pub fn not_granted(kind: Kind) -> Refusal {
    Refusal::forbidden(
        "forbidden",
        "",
        format!("这个农户没有授权您代录“{}”；请先到品牌办登记授权", kind.zh()),
        format!("this household has not let you enter '{kind}' for it; have the grant registered first"),
    )
}
