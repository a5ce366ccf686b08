//! A cursor over bytes from the network. It cannot pass its end, and says where it stopped.

/// The bytes ended before what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// Offset in the whole message where the missing bytes should have begun.
    pub at: usize,
}

/// Reads big-endian values from a window of a message; offsets count from the message's first byte.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    message: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub fn new(message: &'a [u8]) -> Self {
        Self {
            message,
            at: 0,
            end: message.len(),
        }
    }

    pub fn position(&self) -> usize {
        self.at
    }

    pub fn left(&self) -> usize {
        self.end - self.at
    }

    pub fn is_empty(&self) -> bool {
        self.left() == 0
    }

    /// The same message read from `at` on, whatever window this reader had: for pointers that look back.
    pub fn revisit(&self, at: usize) -> Self {
        Self {
            message: self.message,
            at: at.min(self.message.len()),
            end: self.message.len(),
        }
    }

    /// The next `length` bytes as a reader of their own.
    pub fn window(&mut self, length: usize) -> Result<Self, Short> {
        let at = self.at;
        self.take(length)?;
        Ok(Self {
            message: self.message,
            at,
            end: self.at,
        })
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Short> {
        if length > self.left() {
            return Err(Short { at: self.at });
        }
        let taken = &self.message[self.at..self.at + length];
        self.at += length;
        Ok(taken)
    }

    /// Everything up to the end of the window.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = &self.message[self.at..self.end];
        self.at = self.end;
        rest
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub fn u8(&mut self) -> Result<u8, Short> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub fn u16(&mut self) -> Result<u16, Short> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub fn u32(&mut self) -> Result<u32, Short> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub fn u48(&mut self) -> Result<u64, Short> {
        let [a, b, c, d, e, f] = self.array()?;
        Ok(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_big_endian() {
        let mut reader = Reader::new(&[1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 4]);
        assert_eq!(reader.u8(), Ok(1));
        assert_eq!(reader.u16(), Ok(2));
        assert_eq!(reader.u32(), Ok(3));
        assert_eq!(reader.u48(), Ok(4));
        assert!(reader.is_empty());
    }

    #[test]
    fn a_short_read_takes_nothing_and_names_the_place() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u8(), Ok(1));
        assert_eq!(reader.u32(), Err(Short { at: 1 }));
        assert_eq!(reader.rest(), &[2, 3]);
    }

    #[test]
    fn a_window_ends_where_it_was_cut() {
        let mut reader = Reader::new(&[1, 2, 3, 4]);
        let mut window = reader.window(2).unwrap();
        assert_eq!(window.rest(), &[1, 2]);
        assert_eq!(window.u8(), Err(Short { at: 2 }));
        assert_eq!(reader.position(), 2);
        assert!(reader.window(3).is_err());
    }

    #[test]
    fn revisiting_never_leaves_the_message() {
        let mut reader = Reader::new(&[1, 2]);
        assert_eq!(reader.u8(), Ok(1));
        assert_eq!(reader.revisit(0).rest(), &[1, 2]);
        assert!(reader.revisit(9).is_empty());
    }
}
