"""What every other part speaks in: closed sets, versions, observations. Plain data, no IO."""
