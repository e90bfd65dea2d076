//! Real processes of the `commons` command.
