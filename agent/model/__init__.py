"""The types that every other part uses: closed sets, versions, observations. Plain data, no IO."""
