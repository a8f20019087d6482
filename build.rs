//! Has OpenSSL linked statically where its archives are installed, so that the binary needs nothing but libc to run.
//!
//! `openssl-sys` asks for `-lssl -lcrypto` and would get the shared ones: `pkg-config` never gives static libraries of the system's own
//! folders. A folder that holds only the archives, searched first, does. Where there are none the shared ones are taken.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let set = |name: &str| env::var(name).unwrap_or_default();
    let is_ours = env::vars_os().all(|(name, _)| !name.to_string_lossy().contains("OPENSSL_"));
    let is_native = set("CARGO_CFG_TARGET_OS") == "linux" && set("HOST") == set("TARGET");
    if env::var_os("CARGO_FEATURE_TLS").is_some() && is_ours && is_native {
        let folder = Path::new(&set("OUT_DIR")).join("static");
        if fs::create_dir_all(&folder).is_ok() && collect(&folder).is_some() {
            println!("cargo:rustc-link-search=native={}", folder.display());
        }
    }
}

/// Puts links to the archives of OpenSSL, and of what it needs itself, into the folder. None if one is missing.
fn collect(folder: &Path) -> Option<()> {
    let asked = Command::new("pkg-config").args(["--static", "--libs-only-l", "openssl"]).output().ok()?;
    let named = String::from_utf8(asked.stdout).ok()?;
    let names: Vec<&str> = named.split_whitespace().filter_map(|word| word.strip_prefix("-l")).collect();
    // These two are parts of libc.
    let names: Vec<&str> = names.into_iter().filter(|name| !matches!(*name, "dl" | "pthread")).collect();
    let archives = names.iter().map(|name| archive(name)).collect::<Option<Vec<PathBuf>>>()?;
    for (name, archive) in names.iter().zip(archives) {
        println!("cargo:rerun-if-changed={}", archive.display());
        let link = folder.join(format!("lib{name}.a"));
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(archive, link).ok()?;
        if !matches!(*name, "ssl" | "crypto") {
            println!("cargo:rustc-link-arg=-l{name}");
        }
    }
    names.contains(&"ssl").then_some(())
}

fn archive(name: &str) -> Option<PathBuf> {
    let asked = Command::new("cc").arg(format!("-print-file-name=lib{name}.a")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(asked.stdout).ok()?.trim());
    // Without one the bare name comes back.
    (path.is_absolute() && path.exists()).then_some(path)
}
