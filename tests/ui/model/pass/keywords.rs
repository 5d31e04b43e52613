#![forbid(unsafe_code)]
#![deny(warnings)]

//! A model may have the name of a keyword of any edition.

use lback_signals::Model;

macro_rules! models {
    ($($name:ident)*) => {
        $(
            #[derive(Model)]
            #[model(signals(pre_save))]
            struct $name {
                #[model(id)]
                id: u32,
            }

            let mut model = $name { id: 7 };
            assert!(model.create_with(|_| Ok::<(), ()>(())).is_ok());
        )*
    };
}

fn main() {
    models! {
        Abstract As Async Auto Await Become Box Break Const Continue Crate Default Do Dyn Else Enum
        Extern False Final Fn For Gen If Impl In Let Loop Macro MacroRules Match Mod Move Mut Override
        Priv Pub Raw Ref Return Safe Static Struct Super Trait True Try Type Typeof Union Unsafe
        Unsized Use Virtual Where While Yield
    }
    // Its field is the model's name.
    let event = GenPreSave { r#gen: &Gen { id: 7 }, created: true };
    assert!(event.created && event.r#gen.id == 7);
}
