//! LOC: where a host stands on Earth (RFC 1876).

use std::io::Write;

use super::fault::Fault;
use crate::reader::Reader;

/// Latitude and longitude are thousandths of an arc second around this value.
const EQUATOR: u32 = 1 << 31;
/// Altitudes count from 100 km below the reference spheroid, in centimetres.
const ALTITUDE_BASE: i64 = 10_000_000;

pub fn write(data: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    let at = data.position();
    if data.u8()? != 0 {
        return Err(Fault::malformed("a LOC record of unknown version", at));
    }
    let precisions: [u8; 3] = data.array()?;
    angle(data.u32()?, ['N', 'S'], text);
    angle(data.u32()?, ['E', 'W'], text);
    metres(i64::from(data.u32()?) - ALTITUDE_BASE, text);
    for precision in precisions {
        text.push(b' ');
        metres(centimetres(precision), text);
    }
    Ok(())
}

fn angle(value: u32, [positive, negative]: [char; 2], text: &mut Vec<u8>) {
    let side = if value >= EQUATOR { positive } else { negative };
    let thousandths = value.abs_diff(EQUATOR);
    let (seconds, thousandth) = (thousandths / 1000, thousandths % 1000);
    let (degrees, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(
        text,
        "{degrees} {minutes} {seconds}.{thousandth:03} {side} "
    )
    .expect("a Vec takes every write");
}

fn metres(centimetres: i64, text: &mut Vec<u8>) {
    let sign = if centimetres < 0 { "-" } else { "" };
    let size = centimetres.unsigned_abs();
    write!(text, "{sign}{}.{:02}m", size / 100, size % 100).expect("a Vec takes every write");
}

/// Base and power of ten in four bits each; digits above 9 are undefined and read as they stand.
fn centimetres(precision: u8) -> i64 {
    i64::from(precision >> 4) * 10i64.pow(u32::from(precision & 0x0f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 1876 3: cambridge-net.kei.com. LOC 42 21 54 N 71 06 18 W -24m 30m (horizontal and vertical by default)
        let mut wire = vec![0, 0x33, 0x16, 0x13];
        wire.extend_from_slice(&(EQUATOR + 152_514_000).to_be_bytes());
        wire.extend_from_slice(&(EQUATOR - 255_978_000).to_be_bytes());
        wire.extend_from_slice(&(10_000_000u32 - 2_400).to_be_bytes());
        let mut text = Vec::new();
        write(&mut Reader::new(&wire), &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m"
        );
    }

    #[test]
    fn extremes_do_not_overflow() {
        let mut text = Vec::new();
        let mut wire = vec![0xff; 16];
        wire[0] = 0;
        write(&mut Reader::new(&wire), &mut text).unwrap();
        write(&mut Reader::new(&[0; 16]), &mut text).unwrap();
    }
}
