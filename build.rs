//! Rebuilds the crate when a file in `scenarios/` is added, removed or changed, because the binary contains them.

fn main() {
    println!("cargo::rerun-if-changed=scenarios");
}
