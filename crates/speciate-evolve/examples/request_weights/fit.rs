//! Logistic regression with an L1 penalty, by coordinate descent.
//!
//! Friedman, Hastie and Tibshirani (2010), "Regularization Paths for Generalized Linear Models via
//! Coordinate Descent": each step minimises a quadratic bound of the loss in one weight.

/// The signs of a text, as columns, and what it is.
pub(crate) struct Example {
    pub(crate) signs: Vec<usize>,
    pub(crate) is_request: bool,
}

/// What a unit of weight costs, beside a loss that is summed over the rows of both classes alike.
const PENALTY: f64 = 8.0;
const SWEEPS: usize = 150;

pub(crate) fn fit(examples: &[Example], n_signs: usize) -> Vec<f64> {
    let n_requests = examples.iter().filter(|example| example.is_request).count();
    let balanced = |n: usize| examples.len() as f64 / (2.0 * n.max(1) as f64);
    let row_weights = [balanced(examples.len() - n_requests), balanced(n_requests)];
    let mut columns = vec![Vec::new(); n_signs];
    for (row, example) in examples.iter().enumerate() {
        for sign in &example.signs {
            columns[*sign].push(row);
        }
    }
    let mut weights = vec![0.0; n_signs];
    let mut odds = vec![0.0_f64; examples.len()];
    for _ in 0..SWEEPS {
        for (column, weight) in columns.iter().zip(&mut weights) {
            let (mut slope, mut bound) = (0.0, 0.0);
            for row in column {
                let target = f64::from(u8::from(examples[*row].is_request));
                let row_weight = row_weights[usize::from(examples[*row].is_request)];
                slope += row_weight * (1.0 / (1.0 + (-odds[*row]).exp()) - target);
                bound += 0.25 * row_weight;
            }
            let change = shrunk(*weight - slope / bound, PENALTY / bound) - *weight;
            if change != 0.0 {
                *weight += change;
                for row in column {
                    odds[*row] += change;
                }
            }
        }
    }
    weights
}

/// Moves a value towards 0 by `by`, not beyond it.
fn shrunk(value: f64, by: f64) -> f64 {
    value.signum() * (value.abs() - by).max(0.0)
}
