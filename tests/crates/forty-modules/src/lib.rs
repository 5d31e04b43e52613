//! One receiver in each of forty modules, which a release build divides among sixteen object files.

macro_rules! modules {
    ($($name:ident)*) => {
        $(
            mod $name {
                use forty_signals::Counting;
                use lback_signals::receiver;

                #[receiver(signal = Counting)]
                fn count(event: &Counting<'_>) {
                    event.called.update(|called| called + 1);
                }
            }
        )*
    };
}

modules! {
    m01 m02 m03 m04 m05 m06 m07 m08 m09 m10 m11 m12 m13 m14 m15 m16 m17 m18 m19 m20
    m21 m22 m23 m24 m25 m26 m27 m28 m29 m30 m31 m32 m33 m34 m35 m36 m37 m38 m39 m40
}
