"""What a baseline's residuals say of the error of its predictions."""
