//! An attacker of its own: everything that can be computed from a published
//! table, with another solver and in floating point. It shares no code with the
//! rules of disclosure: each number of each cell is a variable, told or not.

use commons_protocol::disclosure::{Ground, value_of};
use commons_protocol::measure::Component;
use commons_protocol::series::{Cell, Table, Value};
use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, SolveOutcome, Variable};
use std::collections::BTreeMap;

type Place = Option<(u8, u8)>;

/// A number of a table; complements are numbers here.
pub type Number = (Place, Component);

const COMPONENTS: [Component; 4] =
    [Component::Numerator, Component::Denominator, Component::Excluded, Component::Complement];

/// The cells of a table, unlisted strata of listed stratifiers included.
fn cells(ground: &Ground, table: &Table) -> BTreeMap<Place, Cell> {
    let mut all: BTreeMap<Place, Cell> =
        table.strata.iter().map(|one| (Some((one.stratifier, one.code)), one.cell)).collect();
    let listed: Vec<u8> = table.strata.iter().map(|one| one.stratifier).collect();
    for stratifier in listed {
        let strata = &ground.definition.stratifiers[usize::from(stratifier)].strata;
        let shape = table.strata[0].cell;
        let zero = Value::Known(0);
        let nobody = Cell {
            numerator: zero,
            denominator: shape.denominator.map(|_| zero),
            excluded: shape.excluded.map(|_| zero),
        };
        for code in 0..u8::try_from(strata.len()).expect("few strata") {
            all.entry(Some((stratifier, code))).or_insert(nobody);
        }
    }
    all.extend(table.total.map(|cell| (None, cell)));
    all
}

/// The masked numbers of a table, complements included.
pub fn masked(ground: &Ground, table: &Table) -> Vec<Number> {
    let components = ground.definition.components();
    let of = |(place, cell): (&Place, &Cell)| {
        let (place, cell) = (*place, *cell);
        let masked = move |component: &&Component| value_of(&cell, **component) == Some(Value::Masked);
        components.iter().filter(masked).map(move |component| (place, *component))
    };
    cells(ground, table).iter().flat_map(of).collect::<Vec<_>>()
}

/// How many integers a masked number can still be; none if there is no end.
pub fn left(ground: &Ground, table: &Table, number: Number) -> Option<f64> {
    let end = |direction| match optimum(ground, table, number, direction) {
        Ok(value) => Some(value),
        Err(Error::Unbounded) => None,
        Err(error) => panic!("{error}: {table:?}"),
    };
    let low = end(OptimizationDirection::Minimize).expect("no number is below zero");
    let high = end(OptimizationDirection::Maximize)?;
    // Sums of whole numbers; the solver is off by less than this.
    let (low, high) = ((low - 1e-6).ceil(), (high + 1e-6).floor());
    Some(high - low + 1.0)
}

fn optimum(
    ground: &Ground,
    table: &Table,
    wanted: Number,
    direction: OptimizationDirection,
) -> Result<f64, Error> {
    let cells = cells(ground, table);
    let mut problem = Problem::new(direction);
    let mut variables: BTreeMap<Number, Variable> = BTreeMap::new();
    for (place, cell) in &cells {
        for component in COMPONENTS {
            let bounds = match value_of(cell, component) {
                Some(Value::Known(value)) => (value as f64, value as f64),
                Some(Value::Masked) => (0.0, f64::INFINITY),
                None => continue,
            };
            let factor = if (*place, component) == wanted { 1.0 } else { 0.0 };
            if component != Component::Complement || ground.definition.kind.is_part_of_denominator() {
                variables.insert((*place, component), problem.add_var(factor, bounds));
            }
        }
    }
    for place in cells.keys() {
        let at = |component| variables.get(&(*place, component)).copied();
        let of = (at(Component::Numerator), at(Component::Complement), at(Component::Denominator));
        if let (Some(part), Some(rest), Some(whole)) = of {
            problem.add_constraint([(part, 1.0), (rest, 1.0), (whole, -1.0)], ComparisonOp::Eq, 0.0);
        }
    }
    for stratifier in 0..u8::try_from(ground.definition.stratifiers.len()).expect("few") {
        for component in [Component::Numerator, Component::Denominator, Component::Excluded] {
            let within = |(place, one): &Number| {
                *one == component && place.is_some_and(|(first, _)| first == stratifier)
            };
            let strata: Vec<_> = variables.iter().filter(|(number, _)| within(number)).collect();
            let Some(total) = variables.get(&(None, component)).filter(|_| !strata.is_empty()) else {
                continue;
            };
            let terms = strata.into_iter().map(|(_, one)| (*one, 1.0)).chain([(*total, -1.0)]);
            problem.add_constraint(terms, ComparisonOp::Eq, 0.0);
        }
    }
    match problem.solve()? {
        SolveOutcome::Solution(solution) => Ok(solution.objective()),
        SolveOutcome::Interrupted(_) => panic!("no limit was set"),
    }
}
