using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GifShare.Fixtures;

namespace GifShare.Kubernetes.Tests.Programs;

/// <summary>k8s/Containerfile: its build arguments and what each of its images runs as.</summary>
internal static partial class Containerfile
{
    public static string FilePath => Path.Combine(RunningProgram.Checkout, "k8s", "Containerfile");

    private static readonly Lazy<ImmutableArray<(string Name, string Base, string Text)>> Found = new(() =>
        [.. from part in Stage().Split(File.ReadAllText(FilePath)).Skip(1)
            let first = part.Split('\n')[0].Split(" AS ")
            select (first[1].Trim(), first[0].Trim(), part)]);

    public static ImmutableArray<(string Name, string Base, string Text)> Stages => Found.Value;

    /// <summary>Stages that run something of GifShare: the images.</summary>
    public static ImmutableArray<ClusterProgram> Programs { get; } =
        [.. from stage in Stages
            let run = Entry().Match(stage.Text)
            where run.Success
            select new ClusterProgram($"gifshare-{stage.Name}", run.Groups[1].Value)];

    public static ClusterProgram? ProgramOf(string image) => Programs.FirstOrDefault(program => program.Image == image);

    /// <summary>Values of the arguments before the first stage: the bases.</summary>
    public static ImmutableDictionary<string, string> Bases { get; } =
        Argument().Matches(File.ReadAllText(FilePath).Split("\nFROM ")[0]).ToImmutableDictionary(static m => m.Groups[1].Value, static m => m.Groups[2].Value);

    [GeneratedRegex(@"^FROM ", RegexOptions.Multiline)]
    private static partial Regex Stage();

    [GeneratedRegex(@"^ENTRYPOINT \[.*GifShare\.(\w+?)(?:\.dll)?""\]", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"^ARG (\w+)=(\S+)", RegexOptions.Multiline)]
    private static partial Regex Argument();
}
