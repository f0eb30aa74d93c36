//! Has the crate built again when a file of `scenarios/` comes, goes or changes: they are inside the binary.

fn main() {
    println!("cargo::rerun-if-changed=scenarios");
}
