//! How long calls take, and lineages of such calls.

use speciate_types::{
    CallKey, CallOutcome, ChatMessage, ChatRequest, Job, JobError, MessageRole, Role, Sampling,
    Step, StoredRecord, Tally, Ticket, Wanted,
};

/// Tickets of one lineage; more than a lineage has calls.
pub(super) const TICKETS: u64 = 16;
pub(super) const MEAN_SERVICE_MS: f64 = 240.0;
/// No call takes longer than this.
pub(super) const SERVICE_MAX_MS: u64 = 4_000;
/// A commit is durable after at most this time.
pub(super) const COMMIT_MAX_MS: u64 = 10;

/// How long calls take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Law {
    LogNormal { sigma: f64 },
    Pareto { alpha: f64 },
}

/// Draws that depend on nothing but their key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws {
    pub(super) law: Law,
    pub(super) seed: u64,
    /// How much calls of a lineage are alike: their correlation. Only log-normal ones can be.
    pub(super) kinship: f64,
    /// The job says which calls are of one kin.
    pub(super) is_kin_told: bool,
}

impl Draws {
    fn bits(self, what: u64, key: u64) -> u64 {
        let mut bits = (self.seed << 40 ^ what << 32 ^ key).wrapping_add(0x9E37_79B9_7F4A_7C15);
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ bits >> 31
    }

    /// In `0.0..1.0`, never quite 0.
    fn unit(self, what: u64, key: u64) -> f64 {
        ((self.bits(what, key) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Of the standard normal law.
    fn normal(self, what: u64, key: u64) -> f64 {
        let angle = std::f64::consts::TAU * self.unit(what + 1, key);
        (-2.0 * self.unit(what, key).ln()).sqrt() * angle.cos()
    }

    pub(super) fn service_ms(self, ticket: u64) -> u64 {
        let ms = match self.law {
            Law::LogNormal { sigma } => {
                let of_kin = self.normal(5, ticket / TICKETS) * self.kinship.sqrt();
                let normal = of_kin + self.normal(1, ticket) * (1.0 - self.kinship).sqrt();
                (MEAN_SERVICE_MS.ln() - sigma * sigma / 2.0 + sigma * normal).exp()
            }
            Law::Pareto { alpha } => {
                MEAN_SERVICE_MS * (alpha - 1.0) / alpha * self.unit(1, ticket).powf(-1.0 / alpha)
            }
        };
        (ms.round() as u64).clamp(1, SERVICE_MAX_MS)
    }

    pub(super) fn commit_ms(self, ticket: u64) -> u64 {
        self.bits(3, ticket) % (COMMIT_MAX_MS + 1)
    }

    /// Calls of a lineage: 8 to 12, each dependent on the one before.
    pub(super) fn length(self, lineage: u64) -> u64 {
        8 + self.bits(4, lineage) % 5
    }
}

/// Lineages of dependent calls.
#[derive(Debug)]
pub(super) struct Lineages {
    draws: Draws,
    lineages: u64,
    begun: bool,
}

impl Lineages {
    pub(super) fn new(draws: Draws, lineages: u64) -> Self {
        Self { draws, lineages, begun: false }
    }

    fn wanted(&self, ticket: u64) -> Wanted {
        let left = self.draws.length(ticket / TICKETS) - ticket % TICKETS;
        let kin = if self.draws.is_kin_told { ticket / TICKETS } else { ticket };
        Wanted { ticket: Ticket(ticket), role: Role(0), remaining: left as u32, kin }
    }
}

impl Job for Lineages {
    fn restore(&mut self, _record: &StoredRecord) -> Result<(), JobError> {
        Ok(())
    }

    fn begin(&mut self) -> Option<Step> {
        if std::mem::replace(&mut self.begun, true) {
            return None;
        }
        let wanted = (0..self.lineages).map(|lineage| self.wanted(lineage * TICKETS)).collect();
        Some(Step { wanted, records: vec![] })
    }

    fn key(&self, ticket: Ticket) -> CallKey {
        CallKey::new(ticket.0.to_string())
    }

    fn request(&self, ticket: Ticket) -> ChatRequest {
        ChatRequest {
            messages: vec![ChatMessage::new(MessageRole::User, "next")],
            sampling: Sampling::default(),
            stop: vec![],
            seed: ticket.0,
            shared_messages: 0,
        }
    }

    fn answered(&mut self, ticket: Ticket, _outcome: CallOutcome) -> Step {
        let is_last = ticket.0 % TICKETS + 1 == self.draws.length(ticket.0 / TICKETS);
        let wanted = if is_last { vec![] } else { vec![self.wanted(ticket.0 + 1)] };
        Step { wanted, records: vec![] }
    }

    fn tally(&self) -> Tally {
        Tally::default()
    }
}
