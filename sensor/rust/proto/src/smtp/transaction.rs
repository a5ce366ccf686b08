//! One mail transaction (RFC 5321 3.3): envelope, message, reply.

use super::letter::Page;

/// Recipients listed in an event (RFC 5321 4.5.3.1.8: servers take at least 100); the rest is counted.
const MAX_RECIPIENTS: usize = 100;

#[derive(Debug, Default)]
pub struct Transaction {
    pub mail_from: Option<Vec<u8>>,
    pub rcpt_to: Vec<Vec<u8>>,
    pub recipients: u64,
    pub refused: u64,
    /// Reply to the message; without one the last refusal, else the last reply.
    pub reply: Option<(u16, Vec<u8>)>,
    /// The sender, DATA or the message was refused: the next MAIL begins anew without RSET.
    pub over: bool,
    pub page: Option<Page>,
}

impl Transaction {
    /// Whether there is anything to tell.
    pub fn begun(&self) -> bool {
        self.mail_from.is_some() || self.recipients > 0 || self.page.is_some()
    }

    pub fn recipient(&mut self, path: Vec<u8>) {
        self.recipients += 1;
        if self.rcpt_to.len() < MAX_RECIPIENTS {
            self.rcpt_to.push(path);
        }
    }

    /// A refusal is worth more than a later success of another recipient.
    pub fn replied(&mut self, code: u16, text: &[u8], last: bool) {
        let refused = self.reply.as_ref().is_some_and(|(code, _)| *code >= 400);
        if last || !refused || code >= 400 {
            self.reply = Some((code, text.to_vec()));
        }
    }

    pub fn held(&self) -> usize {
        let paths: usize = self
            .rcpt_to
            .iter()
            .chain(&self.mail_from)
            .map(Vec::capacity)
            .sum();
        paths + self.page.as_ref().map_or(0, Page::held)
    }
}
