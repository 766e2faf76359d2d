"""The way out to payment providers: the only package that imports `stripe`."""
