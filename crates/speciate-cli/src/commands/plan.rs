//! `speciate plan`: what a run will take. Nothing is sent.

use speciate::Error;
use speciate::plan::{Forecast, forecast};
use speciate::project::prepare;

use crate::args::PlanArgs;
use crate::display::{amount, counted, short_count};
use crate::{exit, layers, printer};

pub(crate) fn plan(args: &PlanArgs) -> Result<u8, Error> {
    let typed = layers::read(&args.source)?;
    let embedded = typed.embedded()?;
    let prepared = prepare(typed.sources(&args.source.read, embedded))?;
    let forecast = forecast(&prepared);
    if args.json {
        printer::json(&forecast);
    } else {
        printer::data(&text(&forecast));
    }
    Ok(exit::DONE)
}

fn text(forecast: &Forecast) -> String {
    let rounds = counted(forecast.rounds.into(), "round");
    let draws = match forecast.draws_most {
        1 => String::new(),
        draws => format!(", each drawn up to {draws} times"),
    };
    let target = forecast.target.map_or_else(String::new, |rows| format!("; {rows} rows wanted"));
    let mut lines = vec![
        format!(
            "Seeds      {} × {rounds} = {} evolutions at most{draws}{target}",
            forecast.seeds, forecast.evolutions
        ),
        format!(
            "Rows       {} to {} (seeds included; half to 95 in 100 evolutions kept)",
            forecast.rows.0, forecast.rows.1
        ),
        match (forecast.draws_most, forecast.target) {
            (1, None) => format!("Calls      {}", forecast.calls_total),
            _ => format!(
                "Calls      about {}, at most {}",
                forecast.calls_total, forecast.calls_most
            ),
        },
    ];
    for calls in &forecast.calls {
        let cost = calls.cost_usd.map_or_else(|| "price unknown".to_owned(), amount);
        lines.push(format!(
            "  {:<10} {:>9} calls  {:>7} tokens in, {:>7} out  {cost}  {}",
            calls.role,
            calls.calls,
            short_count(calls.input_tokens),
            short_count(calls.output_tokens),
            calls.model,
        ));
    }
    lines.push(match forecast.cost_usd {
        Some(usd) => format!("Cost       about {}", amount(usd)),
        None if forecast.is_unnamed => {
            "Cost       unknown: name the model, --model NAME, and its price in the recipe"
                .to_owned()
        }
        None => "Cost       unknown: say the prices in the recipe, [prices.\"MODEL\"]".to_owned(),
    });
    lines.push(match forecast.seconds {
        Some(seconds) => format!("Time       about {}", crate::display::duration(seconds)),
        None if forecast.is_embedded => {
            "Time       depends on this machine and the model".to_owned()
        }
        None => {
            "Time       depends on the endpoint; with --concurrency N it is estimated".to_owned()
        }
    });
    lines.push(format!("Assumed    {}", forecast.assumptions.join("; ")));
    lines.push("Nothing was sent. Try a few first: add --limit 5 to `speciate run`.".to_owned());
    lines.push(String::new());
    lines.join("\n")
}
