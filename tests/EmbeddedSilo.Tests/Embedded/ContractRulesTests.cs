using GifShare.EmbeddedSilo.Tests.Contracts;
using Orleans.Concurrency;

namespace GifShare.EmbeddedSilo.Tests.Embedded;

public sealed class ContractRulesTests
{
    [Fact]
    public void The_rules_catch_what_they_are_for()
    {
        var broken = string.Join('\n', ContractRules.Check([typeof(Bad).Assembly], typeof(Bad)));
        string[] expected =
        [
            "Bad+IBadGrain: a grain interface has an [Alias]",
            "Bad+IBadGrain.Count: a grain interface has no properties",
            "Bad+IBadGrain.NoAlias: a grain method has an [Alias]",
            "Bad+IBadGrain.Sync: a grain method returns Task, Task<T>, ValueTask or ValueTask<T>, not Int32",
            "Bad+IBadGrain.ByRef: a grain method has no in, ref or out parameter",
            "Bad+IBadGrain.Bytes: Byte[] may not cross",
            "Bad+IBadGrain.Many: List<Int32> may not cross",
            "Bad+IBadGrain.Anything: Object may not cross",
            "Bad+IBadGrain.Same: the alias \"Twice\" is given to two methods",
            "Bad+BadRecord: what crosses has [GenerateSerializer]",
            "Bad+BadRecord: what crosses has [Immutable]",
            "Bad+BadRecord.NoId: a serialized member has an [Id]",
            "Bad+BadRecord.SameId: the [Id] 1 is given to two members",
            "Bad+BadRecord.Settable: a member of what crosses cannot be changed: init, no set",
            "Bad+BadGrain: a grain class is public and sealed",
            "Bad+BadGrain: a grain class has a [GrainType]",
            "Bad+BadGrain: a stateless worker states its limit",
        ];
        foreach (var rule in expected)
            Assert.Contains(rule, broken, StringComparison.Ordinal);
    }
}

/// <summary>Contracts that break the rules, to see that the rules see it. Not compiled for Orleans, whose own tools would refuse them.</summary>
#pragma warning disable CA1045, CA1819, CA1002, CA1034, CA1044, CA1852 // Being wrong is what they are for.
public static class Bad
{
    public interface IBadGrain : IGrainWithGuidKey
    {
        int Count { get; }

        Task NoAlias();

        [Alias("Sync")]
        int Sync();

        [Alias("ByRef")]
        Task ByRef(ref int number);

        [Alias("Bytes")]
        Task<byte[]> Bytes();

        [Alias("Many")]
        Task Many(List<int> numbers);

        [Alias("Anything")]
        Task Anything(object anything);

        [Alias("Record")]
        Task<BadRecord> Record();

        [Alias("Twice")]
        Task Same();

        [Alias("Twice")]
        Task SameAgain();
    }

    [Alias("test.BadRecord")]
    public sealed record BadRecord([property: Id(1)] int Fine, int NoId, [property: Id(1)] int SameId)
    {
        [Id(4)]
        public string Settable { get; set; } = "";
    }

    [StatelessWorker]
    internal class BadGrain : Grain;
}
