//! The value modifiers of Sigma 2.1 (appendix "Modifiers"): what a key such as `field|contains|all` asks for.

/// How a text value is rewritten before it is compared; in the order written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    Base64,
    Base64Offset,
    Utf16,
    Utf16Le,
    Utf16Be,
    Windash,
    Expand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimePart {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegexFlags {
    pub ignore_case: bool,
    pub multi_line: bool,
    pub dot_all: bool,
}

/// What the value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Type {
    #[default]
    Plain,
    Regex(RegexFlags),
    Cidr,
    Exists,
    FieldReference,
}

/// A key's modifiers, put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    pub kind: Type,
    /// Anything may stand before (endswith, contains), after (startswith, contains).
    pub open_start: bool,
    pub open_end: bool,
    pub all: bool,
    pub negated: bool,
    pub cased: bool,
    pub order: Option<Order>,
    pub time: Option<TimePart>,
    pub rewrites: Vec<Rewrite>,
}

impl Modifiers {
    /// Err: message and hint.
    pub fn parse(names: &[&str]) -> Result<Self, (String, &'static str)> {
        let mut modifiers = Self::default();
        for name in names {
            modifiers.apply(name)?;
        }
        modifiers.check()?;
        Ok(modifiers)
    }

    fn apply(&mut self, name: &str) -> Result<(), (String, &'static str)> {
        match name {
            "contains" => (self.open_start, self.open_end) = (true, true),
            "startswith" => self.open_end = true,
            "endswith" => self.open_start = true,
            "all" => self.all = true,
            "neq" => self.negated = true,
            "cased" => self.cased = true,
            "re" => return self.typed(Type::Regex(RegexFlags::default())),
            "cidr" => return self.typed(Type::Cidr),
            "exists" => return self.typed(Type::Exists),
            "fieldref" => return self.typed(Type::FieldReference),
            "i" | "ignorecase" => self.flag(name)?.ignore_case = true,
            "m" | "multiline" => self.flag(name)?.multi_line = true,
            "s" | "dotall" => self.flag(name)?.dot_all = true,
            _ => return self.apply_valued(name),
        }
        Ok(())
    }

    fn apply_valued(&mut self, name: &str) -> Result<(), (String, &'static str)> {
        if let Some(order) = order(name) {
            return set_once(&mut self.order, order, name);
        }
        if let Some(part) = time_part(name) {
            return set_once(&mut self.time, part, name);
        }
        let Some(rewrite) = rewrite(name) else {
            return Err((
                format!("unknown modifier '{name}'"),
                "see the Sigma 2.1 modifier appendix",
            ));
        };
        let encodes = matches!(rewrite, Rewrite::Base64 | Rewrite::Base64Offset);
        if encodes && (self.open_start || self.open_end) {
            return Err((
                format!("'{name}' stands after a wildcard modifier"),
                "modifiers apply in order: encode first, then contains",
            ));
        }
        self.rewrites.push(rewrite);
        Ok(())
    }

    fn typed(&mut self, kind: Type) -> Result<(), (String, &'static str)> {
        if self.kind != Type::Plain {
            return Err((
                "two modifiers that each change the value's type".into(),
                "keep one of re, cidr, exists, fieldref",
            ));
        }
        self.kind = kind;
        Ok(())
    }

    fn flag(&mut self, name: &str) -> Result<&mut RegexFlags, (String, &'static str)> {
        match &mut self.kind {
            Type::Regex(flags) => Ok(flags),
            _ => Err((
                format!("'{name}' is a sub-modifier of re"),
                "write it after re, as in field|re|i",
            )),
        }
    }

    fn check(&self) -> Result<(), (String, &'static str)> {
        let anchored = self.open_start || self.open_end;
        let compared = self.order.is_some() || self.time.is_some();
        let only_expand = self.rewrites.iter().all(|r| *r == Rewrite::Expand);
        let clash = match self.kind {
            Type::Plain => compared && (anchored || self.cased || !self.rewrites.is_empty()),
            Type::Regex(_) => anchored || compared || self.cased || !only_expand,
            Type::Cidr => anchored || compared || self.cased || !only_expand,
            Type::Exists => {
                anchored || compared || self.cased || self.all || !self.rewrites.is_empty()
            }
            Type::FieldReference => compared || !self.rewrites.is_empty(),
        };
        if clash {
            return Err((
                "these modifiers contradict each other".into(),
                "see the Sigma 2.1 modifier appendix for what each applies to",
            ));
        }
        Ok(())
    }
}

fn set_once<T>(slot: &mut Option<T>, value: T, name: &str) -> Result<(), (String, &'static str)> {
    if slot.replace(value).is_some() {
        return Err((format!("'{name}' follows another of its kind"), "keep one"));
    }
    Ok(())
}

fn order(name: &str) -> Option<Order> {
    Some(match name {
        "lt" => Order::Less,
        "lte" => Order::LessOrEqual,
        "gt" => Order::Greater,
        "gte" => Order::GreaterOrEqual,
        _ => return None,
    })
}

fn time_part(name: &str) -> Option<TimePart> {
    Some(match name {
        "minute" => TimePart::Minute,
        "hour" => TimePart::Hour,
        "day" => TimePart::Day,
        "week" => TimePart::Week,
        "month" => TimePart::Month,
        "year" => TimePart::Year,
        _ => return None,
    })
}

fn rewrite(name: &str) -> Option<Rewrite> {
    Some(match name {
        "base64" => Rewrite::Base64,
        "base64offset" => Rewrite::Base64Offset,
        "utf16" => Rewrite::Utf16,
        "utf16le" | "wide" => Rewrite::Utf16Le,
        "utf16be" => Rewrite::Utf16Be,
        "windash" => Rewrite::Windash,
        "expand" => Rewrite::Expand,
        _ => return None,
    })
}
