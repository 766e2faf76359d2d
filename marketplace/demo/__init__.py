"""The demo's input: real judgments, a made-up population and made-up texts, played through everyone's commands."""
