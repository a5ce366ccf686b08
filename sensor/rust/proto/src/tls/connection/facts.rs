//! What the connection's event is made of.

use starwatch_stream::application::Side;

use crate::tls::certificate::Chain;
use crate::tls::hello::{ClientHello, ServerHello};

#[derive(Debug, Default)]
pub struct Facts {
    pub client: Option<ClientHello>,
    pub server: Option<ServerHello>,
    /// The client's second hello.
    pub retried: Option<ClientHello>,
    pub retry: bool,
    /// Which side of the flow spoke as client of TLS.
    pub client_side: Option<Side>,
    pub curve: Option<u16>,
    pub alerts: Vec<u8>,
    pub ticket: bool,
    pub certificate_requested: bool,
    pub established: bool,
    pub resumed: bool,
    pub incomplete: bool,
    pub fatal: bool,
    /// The server has said more than its hello: no abbreviated handshake.
    pub full: bool,
    /// Certificates of the client, of the server.
    pub chains: [Option<Chain>; 2],
}

impl Facts {
    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        let clients = [&self.client, &self.retried].into_iter().flatten();
        let hellos: usize = clients.map(ClientHello::held).sum();
        hellos + self.server.as_ref().map_or(0, ServerHello::held) + self.alerts.capacity()
    }
}
