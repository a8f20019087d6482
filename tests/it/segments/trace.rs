//! Why somebody is in a segment agrees with who is in it.

use kith::{
    db::ids::ProfileId,
    filter::{self, Trace},
};
use rand::{SeedableRng, rngs::StdRng};

use crate::{
    filter::{agreement, random},
    support::{App, app::NOW, at},
};

/// Number of conditions in it.
fn conditions(trace: &Trace) -> usize {
    match trace {
        Trace::All(parts) | Trace::Any(parts) => parts.iter().map(conditions).sum(),
        Trace::Not(inside) => conditions(inside),
        Trace::Is(_) => 1,
    }
}

#[test]
fn the_reasons_of_random_filters_come_to_what_they_select() {
    let app = App::new();
    let mut random = StdRng::seed_from_u64(15);
    let people: Vec<ProfileId> = agreement::fill(&app, &mut random, 25);
    let (mut conn, now, mut both) = (app.db.connect(), at(NOW) + chrono::TimeDelta::hours(1), [0, 0]);
    for _ in 0..120 {
        let typed = random::filter(&mut random, 2).to_string();
        let parsed = filter::parse(&typed).unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}"));
        let predicate = parsed.check(&mut conn, app.live, now).expect("answered").expect("a filter");
        let selected = kith::profiles::few(&mut conn, &predicate).expect("answered").expect("few");
        for profile in &people {
            let trace = predicate.trace(&mut conn, &parsed.filter, *profile).expect("answered").expect("somebody");
            assert_eq!(conditions(&trace), parsed.filter.conditions().len(), "{typed}");
            assert_eq!(trace.is_met(), selected.contains(&profile.0), "{typed}: {trace:#?}");
            both[usize::from(trace.is_met())] += 1;
        }
    }
    assert!(both[0] > 500 && both[1] > 500, "{both:?}");
}
