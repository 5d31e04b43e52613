#![allow(unused)]

use lback_signals::Model;

#[derive(Model)]
enum Shape {
    Circle { id: u32 },
    Square { id: u32 },
}

#[derive(Model)]
union Number {
    id: u32,
    float: f32,
}

fn name(model: &impl Model) -> &'static str {
    model.model_name()
}

fn main() {
    name(&Shape::Circle { id: 7 });
    name(&Number { id: 7 });
}
