//! A straight line through what was measured at several sizes.

use serde::Serialize;

/// `at_zero + slope · x`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Line {
    pub(crate) at_zero: f64,
    pub(crate) slope: f64,
    /// The largest distance of a point from the line, as a share of the point.
    pub(crate) worst_share: f64,
}

impl Line {
    pub(crate) fn at(&self, x: f64) -> f64 {
        self.at_zero + self.slope * x
    }
}

/// The line of least squares of *shares*: small sizes count as much as large ones.
///
/// `None` for fewer than two different sizes, or a value that is not positive.
pub(crate) fn line(points: &[(f64, f64)]) -> Option<Line> {
    if points.iter().any(|(_, y)| *y <= 0.0) {
        return None;
    }
    let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in points {
        let weight = 1.0 / (y * y);
        w += weight;
        wx += weight * x;
        wy += weight * y;
        wxx += weight * x * x;
        wxy += weight * x * y;
    }
    let determinant = w * wxx - wx * wx;
    if points.len() < 2 || determinant <= f64::EPSILON * w * wxx {
        return None;
    }
    let slope = (w * wxy - wx * wy) / determinant;
    let at_zero = (wy - slope * wx) / w;
    let share = |(x, y): &(f64, f64)| ((at_zero + slope * x - y) / y).abs();
    let worst_share = points.iter().map(share).fold(0.0, f64::max);
    Some(Line { at_zero, slope, worst_share })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_line_give_that_line() {
        let points: Vec<_> =
            [1e3, 5e3, 2e4, 5.2e4].into_iter().map(|x| (x, 30.0 + 0.002 * x)).collect();
        let line = line(&points).unwrap();
        assert!((line.at_zero - 30.0).abs() < 1e-6, "{line:?}");
        assert!((line.slope - 0.002).abs() < 1e-9, "{line:?}");
        assert!(line.worst_share < 1e-9, "{line:?}");
        assert!((line.at(1e7) - 20_030.0).abs() < 1e-3);
    }

    #[test]
    fn a_curve_is_far_from_its_line() {
        let points: Vec<_> = [1.0, 10.0, 100.0].into_iter().map(|x: f64| (x, x * x)).collect();
        assert!(line(&points).unwrap().worst_share > 0.5);
    }

    #[test]
    fn one_size_gives_no_line() {
        assert_eq!(line(&[(1.0, 2.0)]), None);
        assert_eq!(line(&[(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(line(&[(1.0, 0.0), (2.0, 3.0)]), None);
    }
}
