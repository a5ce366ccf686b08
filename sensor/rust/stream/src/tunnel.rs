//! The tunnels a flow's packets came through, as its events say them.

use starwatch_wire::community;
use starwatch_wire::layer::{Around, Layer, Layers, Outer};

use crate::event::SEED;
use crate::json::Json;
use crate::text;

/// Encapsulations, outermost first, as the first packet had them.
#[derive(Clone, Debug)]
pub struct Tunnels(Vec<Layer>);

impl Tunnels {
    /// None for a packet that is in no tunnel: nearly all are, and their flows pay nothing for it.
    pub fn of(layers: &Layers, around: Around) -> Option<Box<Self>> {
        around.map(|_| Box::new(Self(layers.chain(around))))
    }

    pub fn layers(&self) -> &[Layer] {
        &self.0
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        std::mem::size_of::<Self>() + self.0.capacity() * std::mem::size_of::<Layer>()
    }

    /// The `tunnel` member of an event.
    pub fn write(&self, json: &mut Json<'_>) {
        json.key("tunnel").object(|json| {
            json.key("type").array(|json| {
                self.0
                    .iter()
                    .for_each(|layer| json.string(layer.tunnel.name().as_bytes()));
            });
            self.ids(json);
            self.ends(json);
        });
    }

    fn ids(&self, json: &mut Json<'_>) {
        let mut ids = self.0.iter().filter_map(|layer| layer.id).peekable();
        if ids.peek().is_some() {
            json.key("id").array(|json| {
                ids.for_each(|id| json.plain(|out| text::unsigned(out, u64::from(id))));
            });
        }
    }

    fn ends(&self, json: &mut Json<'_>) {
        let mut outers = self.0.iter().filter_map(|layer| layer.outer).peekable();
        let Some(first) = outers.peek().copied() else {
            return;
        };
        for (name, address) in [("source", first.source), ("destination", first.destination)] {
            json.key(name).object(|json| {
                json.key("ip")
                    .plain(|out| text::address(out, first.version, &address));
            });
        }
        json.key("community_id").array(|json| {
            outers.for_each(|outer| json.plain(|out| out.extend_from_slice(&id_of(&outer))));
        });
    }
}

fn id_of(outer: &Outer) -> [u8; community::LENGTH] {
    community::id(
        SEED,
        outer.version,
        &outer.source,
        &outer.destination,
        outer.protocol,
        outer.ports,
    )
}
