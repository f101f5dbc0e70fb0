using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace GifShare.ApiFrontend.Operations;

/// <summary>Writes metrics in the Prometheus text exposition format 0.0.4. The package for it does not restore where this project is built.</summary>
internal sealed class PrometheusExporter : BaseExporter<Metric>
{
    public string Text { get; private set; } = "";

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new StringBuilder();
        var seen = new HashSet<string>();
        foreach (var metric in batch)
        {
            var name = NameOf(metric);
            // Two meters may own an instrument of the same name; Prometheus knows only one.
            if (seen.Add(name))
                Write(text, name, metric);
        }

        Text = text.ToString();
        return ExportResult.Success;
    }

    private static void Write(StringBuilder text, string name, Metric metric)
    {
        var isHistogram = metric.MetricType is MetricType.Histogram;
        if (metric.MetricType is MetricType.ExponentialHistogram)
            return;
        if (metric.Description.Length > 0)
            text.Append("# HELP ").Append(name).Append(' ').Append(metric.Description.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(isHistogram ? "histogram" : IsCounter(metric) ? "counter" : "gauge").Append('\n');
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = LabelsOf(point);
            if (isHistogram)
                WriteHistogram(text, name, labels, point);
            else
                WriteLine(text, name, labels, ValueOf(metric.MetricType, point));
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, in MetricPoint point)
    {
        long cumulative = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            cumulative += bucket.BucketCount;
            var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : bucket.ExplicitBound.ToString(CultureInfo.InvariantCulture);
            WriteLine(text, name + "_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"", cumulative);
        }

        WriteLine(text, name + "_sum", labels, point.GetHistogramSum());
        WriteLine(text, name + "_count", labels, point.GetHistogramCount());
    }

    private static void WriteLine(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static double ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    private static bool IsCounter(Metric metric) => metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;

    private static string NameOf(Metric metric)
    {
        var name = Clean(metric.Name);
        var unit = metric.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", _ => "" };
        if (unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        return IsCounter(metric) && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string LabelsOf(in MetricPoint point)
    {
        var labels = new StringBuilder();
        foreach (var (key, value) in point.Tags)
        {
            if (labels.Length > 0)
                labels.Append(',');
            labels.Append(Clean(key)).Append("=\"")
                .Append(Convert.ToString(value, CultureInfo.InvariantCulture)?.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n"))
                .Append('"');
        }

        return labels.ToString();
    }

    private static string Clean(string name)
    {
        var clean = string.Concat(name.Select(static c => char.IsAsciiLetterOrDigit(c) || c == ':' ? c : '_'));
        return char.IsAsciiDigit(clean[0]) ? "_" + clean : clean;
    }
}
