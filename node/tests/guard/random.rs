//! A seeded source of choices.

/// SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// A number from `from` to `to`, both possible.
    pub fn number(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from + 1)
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.number(1, 100) <= percent
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        let last = u64::try_from(of.len() - 1).expect("few choices");
        of[usize::try_from(self.number(0, last)).expect("an index")]
    }

    /// So many random digits.
    pub fn digits(&mut self, length: usize) -> String {
        self.fill(&"9".repeat(length))
    }

    /// `form` with a digit for each `9`, a digit but zero for each `8`, a
    /// letter for each `A` and a hexadecimal digit for each `F`.
    pub fn fill(&mut self, form: &str) -> String {
        let choose = |c: char| match c {
            '9' => self.one_of("0123456789"),
            '8' => self.one_of("123456789"),
            'A' => self.one_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            'F' => self.one_of("0123456789abcdef"),
            other => other,
        };
        form.chars().map(choose).collect()
    }

    pub fn one_of(&mut self, characters: &str) -> char {
        let all: Vec<char> = characters.chars().collect();
        all[usize::try_from(self.number(0, all.len() as u64 - 1)).expect("an index")]
    }
}
