using System.Text.Json.Nodes;

namespace GifShare.Kubernetes.Tests.Manifests;

/// <summary>Label selectors, as the API reads them.</summary>
internal static class Selector
{
    /// <summary>An empty selector takes all, a missing one none.</summary>
    /// <param name="selector">With <c>matchLabels</c> and <c>matchExpressions</c>, or a plain map as a Service has it.</param>
    /// <param name="labels">Of what may be selected.</param>
    public static bool Matches(JsonNode? selector, IReadOnlyDictionary<string, string> labels)
    {
        if (selector is not JsonObject map)
            return false;
        if (map.Count > 0 && !map.ContainsKey("matchLabels") && !map.ContainsKey("matchExpressions"))
            return Has(map.Map(), labels);
        return Has(map.Map("matchLabels"), labels) && map.Each("matchExpressions").All(e => Holds(e, labels));
    }

    private static bool Has(IReadOnlyDictionary<string, string> wanted, IReadOnlyDictionary<string, string> labels) =>
        wanted.All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private static bool Holds(JsonNode expression, IReadOnlyDictionary<string, string> labels)
    {
        var value = labels.GetValueOrDefault(expression.Text("key")!);
        var values = expression.Each("values").Select(static v => v.ToString());
        return expression.Text("operator") switch
        {
            "In" => value is not null && values.Contains(value),
            "NotIn" => value is null || !values.Contains(value),
            "Exists" => value is not null,
            "DoesNotExist" => value is null,
            var other => throw new InvalidOperationException($"There is no operator {other}."),
        };
    }
}
