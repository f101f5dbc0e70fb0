using Dapper;
using GifShare.Fixtures;
using GifShare.Grains.Database;
using Npgsql;

namespace GifShare.Grains.Tests.Database;

public class PostgresTests
{
    [Theory]
    [InlineData("40001", true)]
    [InlineData("40P01", true)]
    [InlineData("57014", true)]
    [InlineData("08006", true)]
    [InlineData("23505", false)]
    [InlineData("22021", false)]
    public void A_statement_that_another_attempt_would_mend_is_unavailable_and_a_wrong_one_a_bug(string state, bool isUnavailable) =>
        Assert.Equal(isUnavailable, Postgres.IsUnavailable(new PostgresException("text", "ERROR", "ERROR", state)));

    [Fact]
    public async Task A_connection_apart_from_the_silo_says_who_it_is()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var source = Postgres.Apart(database.ConnectionString, "gifshare-check");
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal("gifshare-check", await connection.ExecuteScalarAsync<string>("SHOW application_name"));
    }
}
