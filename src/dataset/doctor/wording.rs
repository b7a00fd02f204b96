//! Numbers and lists as they stand in sentences.

use crate::domain::thousands;

/// "1 image", "2,345 images".
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

pub(super) fn images(number: usize) -> String {
    counted(number, "image", "images")
}

/// 0.8127 → "81 %", with a thin space. Shares that are not quite all or nothing are not rounded to it.
pub(super) fn percent(share: f64) -> String {
    let rounded = (share * 100.0).round();
    if rounded >= 100.0 && share < 1.0 {
        return "> 99\u{2009}%".to_owned();
    }
    if rounded <= 0.0 && share > 0.0 {
        return "< 1\u{2009}%".to_owned();
    }
    format!("{rounded:.0}\u{2009}%")
}

/// "0.925 AUROC".
pub(super) fn auroc(value: f64) -> String {
    format!("{value:.3} AUROC")
}

/// A number with as many digits as its size calls for.
pub(super) fn quantity(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => thousands(value.round() as usize),
        middle if middle >= 10.0 => format!("{value:.0}"),
        small if small >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!((images(1), images(5840)), ("1 image".to_owned(), "5,840 images".to_owned()));
        assert_eq!(
            [0.0, 0.001, 0.5, 0.999, 1.0].map(percent),
            ["0\u{2009}%", "< 1\u{2009}%", "50\u{2009}%", "> 99\u{2009}%", "100\u{2009}%"]
        );
        assert_eq!([1234.6, 45.4, 3.21, 0.1234].map(quantity), ["1,235", "45", "3.2", "0.123"]);
    }
}
