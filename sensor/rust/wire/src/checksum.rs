//! The Internet checksum (RFC 1071).

/// Ones' complement sum of 16-bit words, not yet folded; an odd last byte counts as the high half.
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(4);
    let tail = words.remainder();
    let mut last = [0u8; 4];
    last[..tail.len()].copy_from_slice(tail);
    // 32-bit words in native order fold to the same 16-bit sum (RFC 1071 2(B)). The loop vectorises where nothing checks
    // for overflow, and nothing needs to: 2^32 words would have to come first.
    words
        .map(|word| u64::from(u32::from_ne_bytes([word[0], word[1], word[2], word[3]])))
        .fold(u64::from(u32::from_ne_bytes(last)), u64::wrapping_add)
}

fn fold(mut total: u64) -> u16 {
    while total >> 16 != 0 {
        total = (total & 0xffff) + (total >> 16);
    }
    u16::from_be(total as u16)
}

/// What the sum comes to with the checksum field in place: 0xffff when right.
pub fn total(bytes: &[u8]) -> u16 {
    fold(sum(bytes))
}

/// The same with the pseudo-header of RFC 793 3.1 or RFC 8200 8.1 in front (the two sum alike).
pub fn total_with_pseudo_header(addresses: [&[u8]; 2], protocol: u8, bytes: &[u8]) -> u16 {
    let length = (bytes.len() as u32).to_be_bytes();
    let header = [
        length[0], length[1], length[2], length[3], 0, 0, 0, protocol,
    ];
    fold(sum(addresses[0]) + sum(addresses[1]) + sum(&header) + sum(bytes))
}

/// Value of a right sum.
pub const RIGHT: u16 = 0xffff;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_sums_as_printed() {
        assert_eq!(
            total(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]),
            0xddf2
        );
    }

    #[test]
    fn an_odd_last_byte_is_the_high_half_of_a_word() {
        assert_eq!(total(&[0x12, 0x34, 0x56]), 0x1234 + 0x5600);
    }

    #[test]
    fn any_length_agrees_with_the_plain_sum() {
        let bytes: Vec<u8> = (0..200u32).map(|n| (n * 37 + 11) as u8).collect();
        for end in 0..bytes.len() {
            let plain = bytes[..end].chunks(2).fold(0u32, |sum, pair| {
                let sum = sum + u32::from(pair[0]) * 256 + u32::from(*pair.get(1).unwrap_or(&0));
                (sum & 0xffff) + (sum >> 16)
            });
            assert_eq!(u32::from(total(&bytes[..end])), plain, "length {end}");
        }
    }
}
