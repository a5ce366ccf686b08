//! A transaction to its event: `smtp.*` and `email.*` of the catalogue.

use starwatch_stream::application::{Header, Piece, Sink};
use starwatch_stream::json::Json;

use crate::mime::address::Mailbox;

use super::auth::Auth;
use super::letter::{Attachment, Envelope, Page};
use super::transaction::Transaction;

/// What the session knows beside the transaction.
pub struct Scene<'a> {
    pub number: u64,
    pub greeting: Option<&'a [u8]>,
    pub helo: Option<&'a [u8]>,
    pub tls: bool,
    pub auth: Option<&'a Auth>,
}

pub fn emit(scene: &Scene<'_>, transaction: &Transaction, piece: &Piece<'_>, sink: &mut dyn Sink) {
    let page = transaction.page.as_ref();
    let header = Header {
        dataset: "smtp",
        categories: if page.is_some() {
            &["network", "email"]
        } else {
            &["network"]
        },
        types: if page.is_some() {
            &["connection", "protocol", "info"]
        } else {
            &["connection", "protocol"]
        },
        outcome: outcome(transaction),
        ..Header::default()
    };
    sink.event(piece, &header, &mut |json| {
        json.key("smtp")
            .object(|json| smtp(scene, transaction, json));
        if let Some(page) = page {
            json.key("email").object(|json| email(page, json));
        }
        if let Some(user) = scene.auth.and_then(|auth| auth.user.as_deref()) {
            json.key("user").object(|json| json.member("name", user));
        }
    });
}

/// Whether the mail was taken; of a session without mail nothing is said.
fn outcome(transaction: &Transaction) -> Option<&'static str> {
    let (code, _) = transaction.reply.as_ref().filter(|_| transaction.begun())?;
    match code {
        400.. => Some("failure"),
        _ if transaction.page.is_some() => Some("success"),
        _ => None,
    }
}

fn smtp(scene: &Scene<'_>, transaction: &Transaction, json: &mut Json<'_>) {
    json.key("transaction").integer(scene.number);
    bytes("greeting", scene.greeting, json);
    envelope(
        scene.helo,
        transaction.mail_from.as_deref(),
        &transaction.rcpt_to,
        json,
    );
    if transaction.recipients > 0 {
        json.key("recipients").integer(transaction.recipients);
        json.key("refused_recipients").integer(transaction.refused);
    }
    if let Some((code, text)) = &transaction.reply {
        json.key("reply_code").integer(*code);
        json.key("reply").string(text);
    }
    json.key("tls").boolean(scene.tls);
    if let Some(auth) = scene.auth {
        json.key("auth").object(|json| self::auth(auth, json));
    }
    if let Some(page) = &transaction.page {
        json.key("message").object(|json| message(page, json));
    }
}

fn envelope(
    helo: Option<&[u8]>,
    mail_from: Option<&[u8]>,
    rcpt_to: &[Vec<u8>],
    json: &mut Json<'_>,
) {
    bytes("helo", helo, json);
    bytes("mail_from", mail_from, json);
    if !rcpt_to.is_empty() {
        json.key("rcpt_to")
            .array(|json| rcpt_to.iter().for_each(|path| json.string(path)));
    }
}

fn auth(auth: &Auth, json: &mut Json<'_>) {
    json.member("mechanism", &auth.mechanism);
    text("user", auth.user.as_deref(), json);
    if let Some(code) = auth.reply_code {
        json.key("reply_code").integer(code);
    }
}

fn message(page: &Page, json: &mut Json<'_>) {
    json.key("bytes").integer(page.bytes);
    if page.missing > 0 {
        json.key("missing_bytes").integer(page.missing);
    }
    json.key("complete").boolean(page.complete);
}

fn email(page: &Page, json: &mut Json<'_>) {
    people("from", &page.from, true, json);
    people("to", &page.to, true, json);
    people("cc", &page.cc, true, json);
    people("reply_to", &page.reply_to, false, json);
    if let Some(sender) = &page.sender {
        json.key("sender")
            .object(|json| json.member("address", sender));
    }
    text("subject", page.subject.as_deref(), json);
    text("message_id", page.message_id.as_deref(), json);
    text("x_mailer", page.x_mailer.as_deref(), json);
    if let Some(date) = page.date {
        json.key("origination_timestamp").time(date);
    }
    text("content_type", page.content_type.as_deref(), json);
    attachments(&page.attachments, json);
    let links = page.links.found();
    if !links.is_empty() {
        json.key("url")
            .array(|json| links.iter().for_each(|link| json.string(link.as_bytes())));
    }
}

fn attachments(attachments: &[Attachment], json: &mut Json<'_>) {
    if attachments.is_empty() {
        return;
    }
    json.key("attachments").array(|json| {
        for each in attachments {
            json.object(|json| json.key("file").object(|json| attachment(each, json)));
        }
    });
}

fn attachment(attachment: &Attachment, json: &mut Json<'_>) {
    json.member("name", &attachment.name);
    if let Some((_, extension)) = attachment.name.rsplit_once('.') {
        json.member("extension", &extension.to_lowercase());
    }
    json.member("mime_type", &attachment.mime_type);
    json.key("size").integer(attachment.size);
}

fn people(name: &str, list: &[Mailbox], texts: bool, json: &mut Json<'_>) {
    if list.is_empty() {
        return;
    }
    json.key(name).object(|json| {
        json.key("address").array(|json| {
            let addresses = list.iter().map(|each| &each.address);
            addresses
                .filter(|address| !address.is_empty())
                .for_each(|address| json.string(address.as_bytes()));
        });
        if texts {
            json.key("mailbox").array(|json| {
                list.iter()
                    .for_each(|each| json.string(each.text.as_bytes()))
            });
        }
    });
}

/// What the event of a file says about the mail it came in.
pub fn file_context(page: &Page, mail: &Envelope<'_>, json: &mut Json<'_>) {
    json.key("smtp")
        .object(|json| envelope(mail.helo, mail.mail_from, mail.rcpt_to, json));
    json.key("email").object(|json| {
        people("from", &page.from, true, json);
        people("to", &page.to, false, json);
        text("subject", page.subject.as_deref(), json);
        text("message_id", page.message_id.as_deref(), json);
    });
}

fn text(name: &str, value: Option<&str>, json: &mut Json<'_>) {
    bytes(name, value.map(str::as_bytes), json);
}

fn bytes(name: &str, value: Option<&[u8]>, json: &mut Json<'_>) {
    if let Some(value) = value {
        json.key(name).string(value);
    }
}
