namespace GifShare.Bench.Media;

/// <summary>Prints measurements as they come, and the goals at the end.</summary>
sealed class Lines
{
    readonly List<(string What, string Goal, string Measured, bool IsMet)> goals = [];
    string title = "";

    public void Title(string text)
    {
        title = text;
        Console.WriteLine($"\n{text}");
    }

    /// <summary>One measurement per line: the median of the rounds, and their range.</summary>
    public static void Print(string what, IReadOnlyCollection<double> rounds, string unit) => Console.WriteLine($"  {what,-58} {Text(rounds)} {unit}");

    /// <summary>The median of the ratios of each round is compared with the goal.</summary>
    public void AtLeast(string what, IReadOnlyCollection<double> ratios, double least) => Add(what, $">= {least} x", $"{Text(ratios)} x", Median(ratios) >= least);

    public void Below(string what, double value, double limit, string unit) => Add(what, $"< {limit:N0} {unit}", $"{value:N1} {unit}", value < limit);

    /// <returns>The exit code: 0, since a goal that is missed is a result.</returns>
    public int Report()
    {
        Console.WriteLine("\nGoals");
        foreach (var (what, goal, measured, isMet) in goals)
            Console.WriteLine($"  {(isMet ? "met   " : "MISSED")} {what,-78} {measured,-28} ({goal})");
        return 0;
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    static string Text(IReadOnlyCollection<double> rounds) => $"{Number(Median(rounds))} ({Number(rounds.Min())} to {Number(rounds.Max())})";

    static string Number(double value) => value < 10 ? $"{value:0.00}" : $"{value:N0}";

    void Add(string what, string goal, string measured, bool isMet) => goals.Add(($"{title.Split(':', ',')[0]}{(title.Contains("Direct", StringComparison.Ordinal) ? ", direct" : "")}: {what}", goal, measured, isMet));
}
