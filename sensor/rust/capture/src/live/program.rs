//! Classic BPF programs, put together from instructions and forward jumps to labels.

use std::collections::HashMap;

use libc::sock_filter;

pub const LOAD_WORD: u16 = 0x20;
/// The same at X + k.
pub const LOAD_WORD_X: u16 = 0x40;
pub const LOAD_HALF_X: u16 = 0x48;
pub const LOAD_BYTE_X: u16 = 0x50;
pub const LOAD_MEMORY: u16 = 0x60;
pub const STORE: u16 = 0x02;
pub const LOAD_X: u16 = 0x01;
pub const LOAD_X_MEMORY: u16 = 0x61;
pub const ADD: u16 = 0x04;
pub const ADD_X: u16 = 0x0c;
pub const MULTIPLY: u16 = 0x24;
pub const AND: u16 = 0x54;
pub const XOR_X: u16 = 0xac;
pub const SHIFT_LEFT: u16 = 0x64;
pub const SHIFT_RIGHT: u16 = 0x74;
pub const TO_X: u16 = 0x07;
pub const FROM_X: u16 = 0x87;
pub const RETURN: u16 = 0x06;
pub const RETURN_A: u16 = 0x16;
const JUMP: u16 = 0x05;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_ANY_BIT: u16 = 0x45;

pub type Label = &'static str;

#[derive(Default)]
pub struct Assembler {
    code: Vec<sock_filter>,
    labels: HashMap<Label, usize>,
    jumps: Vec<(usize, Label)>,
}

impl Assembler {
    pub fn put(&mut self, code: u16, k: u32) -> &mut Self {
        self.code.push(sock_filter {
            code,
            jt: 0,
            jf: 0,
            k,
        });
        self
    }

    pub fn label(&mut self, label: Label) -> &mut Self {
        self.labels.insert(label, self.code.len());
        self
    }

    /// Jumps to `label` when A == k.
    pub fn if_equal(&mut self, k: u32, label: Label) -> &mut Self {
        self.branch(JUMP_EQUAL, k, label)
    }

    /// Jumps to `label` when A & k != 0.
    pub fn if_any(&mut self, k: u32, label: Label) -> &mut Self {
        self.branch(JUMP_ANY_BIT, k, label)
    }

    /// A far jump behind a test that steps over it, so that no label is out of a test's 8 bits of reach.
    fn branch(&mut self, code: u16, k: u32, label: Label) -> &mut Self {
        self.code.push(sock_filter {
            code,
            jt: 0,
            jf: 1,
            k,
        });
        self.go(label)
    }

    pub fn go(&mut self, label: Label) -> &mut Self {
        self.jumps.push((self.code.len(), label));
        self.put(JUMP, 0)
    }

    /// The program. Panics for a label that is missing or behind its jump: programs are ours, and tested.
    pub fn finish(mut self) -> Vec<sock_filter> {
        for (at, label) in self.jumps {
            let target = self.labels[label];
            assert!(target > at, "{label} is behind its jump");
            self.code[at].k = (target - at - 1) as u32;
        }
        self.code
    }
}
