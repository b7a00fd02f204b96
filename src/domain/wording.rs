//! Names and numbers as they are written in sentences.

/// "a, b and c".
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// 1341 as "1,341".
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds as "3:24" or "1:02:03".
pub fn clock(secs: f64) -> String {
    let secs = if secs.is_finite() { secs.clamp(0.0, 359_999.0).round() as u64 } else { 359_999 };
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{secs:02}") } else { format!("{minutes}:{secs:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_into_a_sentence() {
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed(&["a".to_owned()]), "a");
        assert_eq!(listed::<&str>(&[]), "");
    }

    #[test]
    fn thousands_are_grouped() {
        let written = [0, 12, 624, 1_341, 12_345, 1_234_567].map(thousands);
        assert_eq!(written, ["0", "12", "624", "1,341", "12,345", "1,234,567"]);
    }

    #[test]
    fn seconds_are_read_off_a_clock() {
        assert_eq!([0.4, 204.0, 3_723.0, -1.0].map(clock), ["0:00", "3:24", "1:02:03", "0:00"]);
        assert_eq!(clock(f64::NAN), "99:59:59");
    }
}
