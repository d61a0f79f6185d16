//! Writes the JavaScript beside a module: `latentcodec-web-bindgen MODULE.wasm FOLDER NAME`.

use wasm_bindgen_cli_support::Bindgen;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [module, folder, name] = &arguments[..] else { panic!("MODULE.wasm FOLDER NAME expected") };
    let mut bindgen = Bindgen::new();
    let bindgen = bindgen.web(true).expect("a module for browsers and Node");
    bindgen
        .typescript(false)
        .remove_producers_section(true)
        .remove_name_section(true)
        .input_path(module)
        .out_name(name);
    bindgen.generate(folder).expect("the JavaScript is written");
}
