//! The encapsulations around a packet, outermost first, and which of them tell conversations apart.

use std::num::NonZeroU32;

use crate::anomaly::{Fault, Kind};
use crate::ip::{Address, Version};
use crate::transport::Ports;

/// Encapsulations of one frame that are opened. A mirrored (ERSPAN) provider (MPLS, pseudowire) of mobile (GTP-U) or
/// overlay (VXLAN, GRE) traffic needs six; every level of a hostile tower costs a flow, so there is an end.
pub const MAX_DEPTH: u8 = 8;

/// A kind of encapsulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Tunnel {
    Gre,
    Pptp,
    Erspan,
    Nvgre,
    Vxlan,
    VxlanGpe,
    Geneve,
    Gtp,
    L2tp,
    Mpls,
    Pppoe,
    Ipip,
    SixInFour,
    SixInSix,
    Teredo,
    Etherip,
    Nsh,
    Pbb,
    Capwap,
}

/// In the order of `Tunnel`.
const NAMES: [&str; 19] = [
    "gre",
    "pptp",
    "erspan",
    "nvgre",
    "vxlan",
    "vxlan_gpe",
    "geneve",
    "gtp",
    "l2tp",
    "mpls",
    "pppoe",
    "ipip",
    "6in4",
    "6in6",
    "teredo",
    "etherip",
    "nsh",
    "pbb",
    "capwap",
];

impl Tunnel {
    /// Value of `tunnel.type`, and of `network.protocol` on the outer packets' flow.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// Whether both directions of a conversation carry the same number, so that it belongs to the flow's key: two
    /// customers behind two VNIs may use the same addresses. A receiver chooses its own TEID (3GPP TS 29.281 5.1), L2TP
    /// (RFC 2661 3.1, RFC 3931 4.1), PPTP call (RFC 2637 4.1) and label (RFC 3031 3.1): the directions differ. An ERSPAN
    /// session is one mirror port's: a tap of two of them sees one direction in each. An NSH path is one-way (RFC 8300 2.3).
    fn id_is_shared(self) -> bool {
        matches!(
            self,
            Tunnel::Gre
                | Tunnel::Nvgre
                | Tunnel::Vxlan
                | Tunnel::VxlanGpe
                | Tunnel::Geneve
                | Tunnel::Pppoe
                | Tunnel::Pbb
        )
    }

    /// Whether the kind itself is the same in both directions. The last router but one takes labels off (RFC 3031 3.16):
    /// one direction comes with a label, the other without. A service path is one-way too.
    fn kind_is_shared(self) -> bool {
        !matches!(self, Tunnel::Mpls | Tunnel::Nsh)
    }
}

/// The IP packet that carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outer {
    pub version: Version,
    pub source: Address,
    pub destination: Address,
    pub protocol: u8,
    pub ports: Option<Ports>,
}

/// One encapsulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    pub tunnel: Tunnel,
    pub id: Option<u32>,
    /// None below IP: MPLS, PPPoE.
    pub outer: Option<Outer>,
}

/// The innermost layer around a packet.
pub type Around = Option<NonZeroU32>;

#[derive(Clone, Copy, Debug)]
struct Node {
    layer: Layer,
    parent: Around,
    depth: u8,
    scope: u32,
}

/// The layers of many frames; packets name theirs by number.
#[derive(Clone, Debug, Default)]
pub struct Layers(Vec<Node>);

impl Layers {
    fn node(&self, around: Around) -> Option<&Node> {
        self.0.get(around?.get() as usize - 1)
    }

    pub fn depth(&self, around: Around) -> u8 {
        self.node(around).map_or(0, |node| node.depth)
    }

    /// What of the layers belongs to a flow's key: 0 without any. One layer's id gives a number of its own; of several,
    /// the numbers are mixed.
    pub fn scope(&self, around: Around) -> u32 {
        self.node(around).map_or(0, |node| node.scope)
    }

    /// One more layer inside `around`.
    pub fn push(&mut self, around: Around, layer: Layer) -> Result<Around, Fault> {
        let depth = self.depth(around) + 1;
        if depth > MAX_DEPTH {
            let (most, found) = (usize::from(MAX_DEPTH), usize::from(depth));
            return Err(Fault::new(Kind::TunnelTooDeep, most, found));
        }
        self.0.push(Node {
            layer,
            parent: around,
            depth,
            scope: scope(self.scope(around), &layer),
        });
        Ok(u32::try_from(self.0.len()).ok().and_then(NonZeroU32::new))
    }

    /// The layers around a packet, outermost first.
    pub fn chain(&self, around: Around) -> Vec<Layer> {
        let inwards = std::iter::successors(self.node(around), |node| self.node(node.parent));
        let mut chain: Vec<Layer> = inwards.map(|node| node.layer).collect();
        chain.reverse();
        chain
    }

    /// Layers of another arena, taken over.
    pub fn graft(&mut self, chain: &[Layer]) -> Around {
        chain.iter().fold(None, |around, layer| {
            self.push(around, *layer).unwrap_or(around)
        })
    }

    /// Forgets the layers pushed since there were `length`.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

fn scope(outer: u32, layer: &Layer) -> u32 {
    let tunnel = layer.tunnel;
    if !tunnel.kind_is_shared() {
        return outer;
    }
    let id = layer.id.filter(|_| tunnel.id_is_shared()).unwrap_or(0);
    // Odd multipliers: for one kind inside one scope, different ids stay different.
    let mixed = outer.rotate_left(15).wrapping_mul(0x9e37_79b1);
    let kind = (tunnel as u32 + 1).wrapping_mul(0x85eb_ca6b);
    mixed ^ id.wrapping_add(kind).wrapping_mul(0xc2b2_ae35)
}

/// Where a descent through one frame stands.
pub(crate) struct Trail<'l> {
    pub layers: &'l mut Layers,
    pub around: Around,
}

impl Trail<'_> {
    pub fn push(&mut self, tunnel: Tunnel, id: Option<u32>) -> Result<(), Fault> {
        self.layer(Layer {
            tunnel,
            id,
            outer: None,
        })
    }

    pub fn layer(&mut self, layer: Layer) -> Result<(), Fault> {
        self.around = self.layers.push(self.around, layer)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(tunnel: Tunnel, id: u32) -> Layer {
        Layer {
            tunnel,
            id: Some(id),
            outer: None,
        }
    }

    fn scope_of(chain: &[Layer]) -> u32 {
        let mut layers = Layers::default();
        let around = layers.graft(chain);
        layers.scope(around)
    }

    #[test]
    fn networks_with_numbers_of_their_own_are_apart() {
        let scopes: std::collections::HashSet<u32> = (0..50_000)
            .map(|vni| scope_of(&[layer(Tunnel::Vxlan, vni)]))
            .collect();
        assert_eq!(scopes.len(), 50_000);
        assert_ne!(
            scope_of(&[layer(Tunnel::Vxlan, 7)]),
            scope_of(&[layer(Tunnel::Geneve, 7)])
        );
    }

    #[test]
    fn numbers_that_differ_by_direction_do_not_split_a_flow() {
        for tunnel in [
            Tunnel::Gtp,
            Tunnel::L2tp,
            Tunnel::Erspan,
            Tunnel::Mpls,
            Tunnel::Pptp,
        ] {
            let [there, back] = [1, 2].map(|id| scope_of(&[layer(tunnel, id)]));
            assert_eq!(there, back, "{tunnel:?}");
        }
        assert_eq!(scope_of(&[layer(Tunnel::Mpls, 9)]), 0);
        assert_ne!(scope_of(&[layer(Tunnel::Gtp, 9)]), 0);
    }

    #[test]
    fn a_chain_is_outermost_first_and_has_an_end() {
        let mut layers = Layers::default();
        let chain: Vec<Layer> = (0..u32::from(MAX_DEPTH))
            .map(|id| layer(Tunnel::Gre, id))
            .collect();
        let around = layers.graft(&chain);
        assert_eq!(layers.chain(around), chain);
        let fault = layers.push(around, layer(Tunnel::Gre, 99));
        assert_eq!(fault.map_err(|fault| fault.kind), Err(Kind::TunnelTooDeep));
    }
}
