//! Reads the primitive values of a record.

/// A record that ends early, or a value that is not of its type, as a part of a message.
pub(crate) type Result<T, E = &'static str> = std::result::Result<T, E>;

/// The most bytes of a text. The longest texts are types as spelled, of some hundred bytes, and of some KiB where a
/// macro has written them. A longer one is hostile or damaged: listings and comments repeat it.
const MAX_TEXT: usize = 16 << 10;

/// The rest of the body of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'d> {
    body: &'d [u8],
    rest: &'d [u8],
    /// The number of items that lists may still have, in all records.
    items: usize,
}

impl<'d> Cursor<'d> {
    /// Returns a cursor at the start of a body, whose lists have at most so many items.
    pub(crate) fn new(body: &'d [u8], items: usize) -> Self {
        Self {
            body,
            rest: body,
            items,
        }
    }

    /// Returns the number of items that lists may still have.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// Returns the bytes that are not read.
    pub(crate) fn rest(&self) -> &'d [u8] {
        self.rest
    }

    /// Reads bytes.
    ///
    /// # Errors
    ///
    /// Returns a message if the record ends before.
    pub(crate) fn bytes(&mut self, size: usize) -> Result<&'d [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(size).ok_or("it ends early")?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Reads a byte.
    ///
    /// # Errors
    ///
    /// Returns a message if the record ends before.
    pub(crate) fn byte(&mut self) -> Result<u8> {
        Ok(self.bytes(1)?[0])
    }

    /// Reads an unsigned integer of LEB128.
    ///
    /// # Errors
    ///
    /// Returns a message if it is longer than 64 bits, or if the record ends before.
    pub(crate) fn integer(&mut self) -> Result<u64> {
        const TOO_LARGE: &str = "a number is larger than 64 bits";

        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits << shift;
            if shifted >> shift != bits {
                return Err(TOO_LARGE);
            }
            value |= shifted;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(TOO_LARGE)
    }

    /// Reads an integer of 32 bits.
    ///
    /// # Errors
    ///
    /// Returns a message if it is larger, or if the record ends before.
    pub(crate) fn number(&mut self) -> Result<u32> {
        let number = u32::try_from(self.integer()?);
        number.map_err(|_| "a number is larger than 32 bits")
    }

    /// Skips the zero bytes up to a multiple of four.
    ///
    /// # Errors
    ///
    /// Returns a message if there are other bytes, or if the record ends before.
    pub(crate) fn align(&mut self) -> Result<()> {
        let read = self.body.len() - self.rest.len();
        let padding = self.bytes(read.next_multiple_of(4) - read)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err("its padding is not zero");
        }
        Ok(())
    }

    /// Ends the record.
    ///
    /// # Errors
    ///
    /// Returns a message if there are more bytes than the padding: if the length is wrong, they are the next record.
    pub(crate) fn end(&self) -> Result<()> {
        if self.rest.len() < 4 && self.rest.iter().all(|byte| *byte == 0) {
            Ok(())
        } else {
            Err("it is longer than its values")
        }
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// Returns a message if it is too long, is not UTF-8 or has control characters, or if the record ends before.
    pub(crate) fn text(&mut self) -> Result<&'d str> {
        let mut longest = self.rest.iter().take(MAX_TEXT + 1);
        let Some(size) = longest.position(|byte| *byte == 0) else {
            return Err(if self.rest.len() > MAX_TEXT {
                "a text is longer than 16 KiB"
            } else {
                "it ends early"
            });
        };
        let bytes = self.bytes(size)?;
        // The zero byte.
        self.byte()?;
        let text = str::from_utf8(bytes).map_err(|_| "a text is not UTF-8")?;
        // The lines of a lock or of a table would no longer be lines.
        if text.contains(char::is_control) {
            return Err("a text has a control character");
        }
        Ok(text)
    }

    /// Reads a list.
    ///
    /// # Errors
    ///
    /// Returns the first error of an item, or a message if there are too many, or if the record ends before.
    pub(crate) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while self.rest.first() != Some(&0) {
            self.items = self.items.checked_sub(1).ok_or("it has too many items")?;
            items.push(item(self)?);
        }
        // The zero byte.
        self.byte()?;
        Ok(items)
    }
}
